"""Export of a batch: npz without pickle, a Hugging Face dataset, webdataset shards; each with a datasheet."""

import io
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import UInt8

from scm.batch import Batch
from scm.datasheet import FORMAT_VERSION, LICENCE, datasheet
from scm.graph import CausalGraph
from scm.tokens import Vocabulary

_OPTIONAL = ("mask", "tokens", "roles")


def save_npz(
    batch: Batch,
    path: str | Path,
    *,
    config: Any = None,
    seed: int | None = None,
    vocabulary: Vocabulary | None = None,
    licence: str = LICENCE,
) -> Path:
    """Write one compressed npz file of plain arrays: image, text, mask, tokens, roles, latent/NAME and the datasheet.

    Returns the path. `load_npz` reads it back; the laws (`Batch.conditionals`) stay behind, described in words.

    Raises:
        ValueError: a name that does not end in .npz, arrays of Python objects, a target that exists, or a folder that
            cannot be written.
    """
    target = Path(path)
    if target.suffix != ".npz":
        raise ValueError(f"the file {str(target)!r} does not end in .npz, by which numpy and readers know the format")
    sheet = datasheet(batch, config=config, seed=seed, vocabulary=vocabulary, licence=licence)
    arrays: dict[str, Any] = {"image": batch.image, "text": batch.text, "datasheet": np.array(json.dumps(sheet))}
    arrays |= {name: getattr(batch, name) for name in _OPTIONAL if getattr(batch, name) is not None}
    arrays |= {f"latent/{name}": array for name, array in batch.latents.items()}
    objects = [name for name, array in arrays.items() if array.dtype.hasobject]
    if objects:
        raise ValueError(
            f"the arrays {objects} hold Python objects; the file keeps plain numbers, which need no pickle"
        )
    with _new_folder(target) as folder:
        np.savez_compressed(folder / "batch.npz", **arrays)
        os.rename(folder / "batch.npz", target)
    return target


def load_npz(path: str | Path) -> Batch:
    """Read what `save_npz` wrote; `conditionals` is empty.

    Raises:
        ValueError: no such file, a torn or foreign file, another format version, or arrays of Python objects, which are
            refused because unpickling them can run any code.
    """
    try:
        with Path(path).open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        sheet = json.loads(str(arrays["datasheet"]))
        found = sheet["format_version"]
    except FileNotFoundError as error:
        raise ValueError(f"there is no file {str(path)!r}") from error
    except (
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        TypeError,
        AttributeError,
        ValueError,
    ) as error:
        raise ValueError(
            f"the file {str(path)!r} is not a whole batch as save_npz() writes it ({type(error).__name__}: {error}); "
            "arrays of Python objects are refused, because unpickling can run any code"
        ) from error
    if found != FORMAT_VERSION:
        raise ValueError(f"the file {str(path)!r} has format version {found}, this package reads {FORMAT_VERSION}")
    missing = [
        name for name in ("image", "text", *(f"latent/{name}" for name in sheet["latents"])) if name not in arrays
    ]
    if missing:
        raise ValueError(f"the file {str(path)!r} lacks the arrays {missing} that its datasheet announces")
    latents = {name: arrays[f"latent/{name}"] for name in sheet["latents"]}
    graph = CausalGraph.from_json(sheet["graph"])
    mask, tokens, roles = (arrays.get(name) for name in _OPTIONAL)
    return Batch(graph, latents, arrays["image"], arrays["text"], mask, tokens, roles)


def save_dataset(
    batch: Batch,
    folder: str | Path,
    *,
    config: Any = None,
    seed: int | None = None,
    vocabulary: Vocabulary | None = None,
    licence: str = LICENCE,
) -> Path:
    """Write a Hugging Face dataset (`datasets.load_from_disk`) with `datasheet.json` beside it.

    Columns: image (PNG pictures, or vectors), text, mask, tokens, roles, latent_NAME, and caption (words) if a
    vocabulary is given.

    Raises:
        ImportError: the package `datasets` is not installed.
        ValueError: a target that exists, or a folder that cannot be written.
    """
    datasets = _import("datasets")
    target = Path(folder)
    arrays: dict[str, np.ndarray] = {"image": batch.image, "text": batch.text}
    arrays |= {name: getattr(batch, name) for name in _OPTIONAL if getattr(batch, name) is not None}
    arrays |= {f"latent_{name}": array for name, array in batch.latents.items()}
    columns: dict[str, Any] = dict(arrays)
    features = {name: _feature(datasets, array) for name, array in arrays.items()}
    if _is_picture(batch.image):
        columns["image"] = [{"bytes": _png(picture), "path": None} for picture in batch.image]
        features["image"] = datasets.Image()
    if vocabulary is not None and batch.tokens is not None:
        columns["caption"] = [vocabulary.decode(row).text for row in batch.tokens]
        features["caption"] = datasets.Value("string")
    sheet = datasheet(batch, config=config, seed=seed, vocabulary=vocabulary, licence=licence)
    with _new_folder(target) as building:
        rows = datasets.Dataset.from_dict(columns, features=datasets.Features(features))
        rows.save_to_disk(str(building / "data"))
        _write_sheet(sheet, building / "data")
        os.rename(building / "data", target)
    return target


def save_shards(
    batch: Batch,
    folder: str | Path,
    *,
    samples_per_shard: int = 1000,
    config: Any = None,
    seed: int | None = None,
    vocabulary: Vocabulary | None = None,
    licence: str = LICENCE,
) -> Path:
    """Write webdataset shards shard-000000.tar, ... with `datasheet.json` beside them.

    A sample has png (pictures) or image.npy (vectors), text.npy, json (latents, tokens, roles), and txt (the caption in
    words) if a vocabulary is given; its key is the row number.

    Raises:
        ImportError: the package `webdataset` is not installed.
        ValueError: samples_per_shard below 1, a target that exists, or a folder that cannot be written.
    """
    webdataset = _import("webdataset")
    if samples_per_shard < 1:
        raise ValueError(f"samples_per_shard={samples_per_shard}, expected at least 1")
    target = Path(folder)
    sheet = datasheet(batch, config=config, seed=seed, vocabulary=vocabulary, licence=licence)
    with _new_folder(target) as building:
        (building / "data").mkdir()
        pattern = str(building / "data").replace("%", "%%") + "/shard-%06d.tar"
        # a fixed time and mode, so that the same batch gives the same bytes
        with webdataset.ShardWriter(pattern, maxcount=samples_per_shard, verbose=0, mtime=0.0, mode=0o644) as writer:
            for row in range(len(batch)):
                writer.write({"__key__": f"{row:09d}", **_sample(batch, row, vocabulary)})
        _write_sheet(sheet, building / "data")
        os.rename(building / "data", target)
    return target


def _sample(batch: Batch, row: int, vocabulary: Vocabulary | None) -> dict[str, bytes]:
    facts: dict[str, Any] = {"latents": {name: array[row].tolist() for name, array in batch.latents.items()}}
    facts |= {name: getattr(batch, name)[row].tolist() for name in _OPTIONAL if getattr(batch, name) is not None}
    sample = {"text.npy": _npy(batch.text[row]), "json": json.dumps(facts).encode()}
    if _is_picture(batch.image):
        sample["png"] = _png(batch.image[row])
    else:
        sample["image.npy"] = _npy(batch.image[row])
    if vocabulary is not None and batch.tokens is not None:
        sample["txt"] = vocabulary.decode(batch.tokens[row]).text.encode()
    return sample


def _is_picture(image: np.ndarray) -> bool:
    return image.ndim == 4 and image.dtype == np.uint8


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def _png(picture: UInt8[np.ndarray, "height width 3"]) -> bytes:
    image = _import("PIL.Image")
    buffer = io.BytesIO()
    image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


def _feature(datasets: ModuleType, array: np.ndarray) -> Any:
    """The column type of one array: scalars, vectors of fixed length, or matrices."""
    dtype = str(array.dtype)
    if array.ndim == 1:
        return datasets.Value(dtype)
    if array.ndim == 2:
        return datasets.Sequence(datasets.Value(dtype), length=array.shape[1])
    return datasets.Array2D(shape=array.shape[1:], dtype=dtype)


def _write_sheet(sheet: dict[str, Any], folder: Path) -> None:
    (folder / "datasheet.json").write_text(json.dumps(sheet, indent=2), encoding="utf-8")


def _import(module: str) -> ModuleType:
    try:
        return import_module(module)
    except ImportError as error:
        raise ImportError(
            f"this export needs the module {module!r}, which is not installed; it comes with the extra `data`: "
            'pip install "token-scm[data]"'
        ) from error


@contextmanager
def _new_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside a target that must not exist; the caller moves the finished export out of it.

    Raises:
        ValueError: the target exists, or its folder cannot be made or written.
    """
    if target.exists() or target.is_symlink():
        raise ValueError(
            f"{str(target)!r} exists already; exports overwrite nothing, so choose another name or remove it"
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise ValueError(f"cannot write {str(target)!r}: {error}; expected a folder that may be written to") from error
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
