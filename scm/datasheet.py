"""The datasheet of an exported batch: which latent is what, from which law, with which seed and versions."""

import inspect
import platform
from dataclasses import asdict, is_dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from scm.batch import Batch
from scm.finite import ConditionalTable
from scm.graph import Role
from scm.tokens import TokenRole, Vocabulary

FORMAT_VERSION = 1
LICENCE = "CC0-1.0 (synthetic data without third-party content, dedicated to the public domain)"
LARGEST_PRINTED_TABLE = 1024  # cells; larger conditional tables are described, not printed

_MEANINGS = {
    Role.INVARIANT: "content shared by image and text",
    Role.CLASS: "content shared by image and text: the class",
    Role.ENVIRONMENT: "content shared by image and text: the environment",
    Role.DEPENDENT_IMAGE: "part of the image that depends on the content",
    Role.DEPENDENT_TEXT: "part of the text that depends on the content",
    Role.PRIVATE_IMAGE: "part of the image that the text does not share",
    Role.PRIVATE_TEXT: "part of the text that the image does not share",
    Role.TOKEN: "value of a token of the caption",
    Role.CONTEXT: "observed index of the environment",
    Role.IMAGE: "the image",
    Role.TEXT: "the text",
}

_ARRAYS = {
    "image": "observed image: a vector, or RGB pixels (row, height, width, channel)",
    "text": "observed text: a vector, or token vectors (row, position, coordinate) padded with 0",
    "mask": "True at real tokens, False at padding",
    "tokens": "token ids, -1 at padding",
    "roles": "number of each token's role, -1 at padding",
}


def datasheet(
    batch: Batch,
    *,
    config: Any = None,
    seed: int | None = None,
    vocabulary: Vocabulary | None = None,
    licence: str = LICENCE,
) -> dict[str, Any]:
    """Everything a reader needs to use the batch without this package, as a JSON-ready document.

    Args:
        batch: what is exported.
        config: the dataclass the model was drawn from, if known.
        seed: the seed that made model and sample, if known.
        vocabulary: words of the token ids, if there are any.
        licence: one line.

    Raises:
        ValueError: a config that is no dataclass instance.
    """
    if config is not None and (not is_dataclass(config) or isinstance(config, type)):
        raise ValueError(f"config={config!r} is not an instance of a dataclass; its fields could not be written down")
    arrays = {name: getattr(batch, name) for name in _ARRAYS if getattr(batch, name) is not None}
    return {
        "format": "token-scm batch",
        "format_version": FORMAT_VERSION,
        "rows": len(batch),
        "licence": licence,
        "seed": seed,
        "config": None if config is None else {"type": type(config).__name__, **asdict(config)},
        "versions": {"python": platform.python_version(), "token-scm": version("token-scm"), "numpy": version("numpy")},
        "arrays": {
            name: {"shape": list(array.shape), "dtype": str(array.dtype), "meaning": _ARRAYS[name]}
            for name, array in arrays.items()
        },
        "latents": {name: _latent(batch, name, array) for name, array in batch.latents.items()},
        "token_roles": None if batch.roles is None else {str(role.number): str(role) for role in TokenRole},
        "vocabulary": None if vocabulary is None else {str(k): list(v) for k, v in vocabulary.words_by_role.items()},
        "graph": batch.graph.to_json(),
    }


def _latent(batch: Batch, name: str, array: np.ndarray) -> dict[str, Any]:
    variable = batch.graph.variables[name]
    law = batch.conditionals.get(name)
    entry: dict[str, Any] = {
        "role": str(variable.role),
        "meaning": _MEANINGS[variable.role],
        "kind": variable.kind,
        "dim": variable.dim,
        "levels": variable.levels,
        "observed": variable.observed,
        "shape": list(array.shape),
        "dtype": str(array.dtype),
        "parents": list(batch.graph.parents(name)),
        "law": "not recorded, or set by an intervention",
    }
    if isinstance(law, ConditionalTable):
        given = f" | {', '.join(law.parents)}" if law.parents else ""
        entry["law"] = f"categorical: P({name} = k{given}) = table[{', '.join((*law.parents, 'k'))}]"
        if law.table.size <= LARGEST_PRINTED_TABLE:
            entry["table"] = law.table.tolist()
    elif law is not None:
        entry["law"] = (inspect.getdoc(type(law)) or type(law).__name__).splitlines()[0]
    return entry
