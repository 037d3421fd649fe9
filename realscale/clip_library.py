"""What is asked of open_clip before a model is made: its architectures, and the activation of weights."""

import json
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from realscale.data.errors import MissingData

Activation = Literal["gelu", "quickgelu"]
INSTALL = "pip install 'token-scm[realscale]'"


def open_clip_library() -> Any:
    """The module open_clip.

    Raises:
        MissingData: it is not installed; the message names the extra.
    """
    try:
        import open_clip
    except ImportError as error:
        raise MissingData(
            f"open_clip cannot be imported ({error}); it has the models that are trained. Install the extra with: "
            f"{INSTALL}"
        ) from error
    return open_clip


def known_architecture(architecture: str) -> str:
    """The name by which open_clip knows an architecture; a path to a configuration (.json) is made known to it.

    Raises:
        MissingData: open_clip is not installed.
        ValueError: no such configuration.
    """
    library = open_clip_library()
    if architecture.endswith(".json"):
        path = Path(architecture)
        if not path.is_file():
            raise ValueError(f"there is no configuration {architecture}; expected a file in open_clip's own format")
        _check_configuration(path)  # open_clip would read one that is none again at every later one
        library.add_model_config(path)
        return path.stem
    if library.get_model_config(architecture) is None:
        raise ValueError(
            f"open_clip has no architecture {architecture!r}; expected one of open_clip.list_models(), or a path to a "
            "configuration of its format that ends in .json"
        )
    return architecture


def _check_configuration(path: Path) -> None:
    try:
        absent = {"embed_dim", "vision_cfg", "text_cfg"} - set(dict(json.loads(path.read_text(encoding="utf-8"))))
        if absent:
            raise ValueError(f"it lacks {', '.join(sorted(absent))}")
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            f"{path} is no configuration of open_clip ({error}); expected a JSON object with embed_dim, vision_cfg and "
            "text_cfg, as the files that it ships"
        ) from error


def check_activation(architecture: str, pretrained: str, said: Activation | None = None) -> None:
    """Refuse weights that were trained with the other one of GELU and QuickGELU, or with nobody knows which.

    On record it is for the tags of open_clip, in weights that this project has exported, and in an
    open_clip_config.json beside the weights, where GELU is what open_clip reads if nothing stands there; of other files
    it has to be said. The configuration of the architecture is no record: it says what is computed with any weights.

    Raises:
        ValueError: they do not agree, or it is not known; training would start from a network that computes something
            else, and nothing in the weights tells. There are no such weights, or their record cannot be read.
    """
    library = open_clip_library()
    quick = bool(library.get_model_config(architecture).get("quick_gelu", False))
    tags = library.list_pretrained_tags_by_model(architecture)
    if not library.get_pretrained_cfg(architecture, pretrained) and not Path(pretrained).is_file():
        raise ValueError(
            f"there are no weights {pretrained!r}: it is no file, and the tags of {architecture!r} in open_clip are "
            f"{', '.join(tags) or 'none'}; expected a path to weights, or a tag"
        )
    _check_file(Path(pretrained))
    trained = _recorded_activation(architecture, pretrained)
    if trained is None and said is None:
        raise ValueError(
            f"nothing says whether the weights {pretrained!r} were trained with GELU or QuickGELU; expected a record "
            "in the file or in open_clip_config.json beside it, or --activation, because with the other "
            "activation the weights are another network (those of OpenAI, MetaCLIP and DFN: quickgelu)"
        )
    if trained is not None and said is not None and trained != (said == "quickgelu"):
        raise ValueError(
            f"the weights {pretrained!r} are said to be trained with {said}, and their record says the other one; "
            "expected the same"
        )
    trained = said == "quickgelu" if trained is None else trained
    if trained != quick:
        names = {True: "QuickGELU", False: "GELU"}
        raise ValueError(
            f"the weights {pretrained!r} were trained with {names[trained]} and the architecture {architecture!r} "
            f"computes {names[quick]}; expected the same, because with the other activation the weights are another "
            f"network: name the architecture {'with' if trained else 'without'} `-quickgelu`"
        )


def _check_file(path: Path) -> None:
    """Refuse what is no file of weights by its first bytes; safetensors are read for their record, and so checked."""
    if not path.is_file() or path.suffix in (".safetensors", ".npy"):
        return
    with path.open("rb") as file:
        head = file.read(2)
    if not head.startswith((b"PK", b"\x80")):  # a zip archive, as torch and numpy write it, or torch's older pickle
        raise ValueError(
            f"the weights {str(path)!r} cannot be read: by its first bytes the file is none that torch has saved; "
            "expected a whole file of weights"
        )


def _recorded_activation(architecture: str, pretrained: str) -> bool | None:
    """Whether it is on record that the weights were trained with QuickGELU; None: nothing is."""
    tag = open_clip_library().get_pretrained_cfg(architecture, pretrained)
    if tag:
        return bool(tag.get("quick_gelu", False))
    path = Path(pretrained)
    beside = path.with_name("open_clip_config.json")
    try:
        if path.suffix == ".safetensors":
            with safe_open(path, framework="pt") as file:
                found = (file.metadata() or {}).get("quick_gelu")
            if found is not None:
                return bool(json.loads(found))
        if beside.is_file():
            return bool(json.loads(beside.read_text(encoding="utf-8"))["model_cfg"].get("quick_gelu", False))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"what {path} or {beside.name} beside it says of its activation cannot be read ({type(error).__name__}: "
            f"{error}); expected a whole file of safetensors, and open_clip's own record"
        ) from error
    return None
