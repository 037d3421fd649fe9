"""A tiny open_clip architecture, generated pairs, and shards of them."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from realscale.midtraining.pairs import PairSet
from realscale.vocabulary.document import Entry, ReviewedVocabulary

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 16, "layers": 1, "width": 32, "head_width": 16, "patch_size": 8},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}


@pytest.fixture
def architecture(tmp_path: Path) -> str:
    pytest.importorskip("open_clip", reason="needs the extra: pip install 'token-scm[realscale]'")
    path = tmp_path / "token-scm-midtrain.json"
    path.write_text(json.dumps(TINY))
    return str(path)


@pytest.fixture
def pairs() -> PairSet:
    """48 pictures: colour is the class, brightness the context; each class has two names."""
    rng = np.random.default_rng(0)
    names = ("apple", "pear", "dog", "cat", "car", "bus")
    number = np.repeat(np.arange(6), 8)
    contexts = np.tile(np.repeat(np.arange(2), 4), 6)
    images = rng.integers(0, 100, size=(48, 16, 16, 3), dtype=np.uint8)
    images[np.arange(48), :, :, number // 2] += (60 + 60 * contexts).astype(np.uint8)[:, None, None]
    return PairSet(images, tuple(names[k] for k in number), number // 2, contexts, ("a dark picture", "a bright one"))


CAPTIONS = (
    "A photo of a dog on the beach",
    "a sketch of a cat",
    "Two dogs, at night",
    "a red bicycle",  # names no class
    "a photo of an apple on a table",
    "the cat in the snow",
)


@pytest.fixture(scope="session")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four tar files of nine pairs; the grey level of a picture is the number of its caption."""
    folder = tmp_path_factory.mktemp("shards")
    for shard in range(4):
        with tarfile.open(folder / f"{shard:05}.tar", "w") as archive:
            for number in range(9):
                caption = (shard + number) % len(CAPTIONS)
                picture = io.BytesIO()
                Image.new("RGB", (20, 16), (40 * caption,) * 3).save(picture, format="PNG")
                members = {"png": picture.getvalue(), "txt": CAPTIONS[caption].encode()}
                for suffix, content in members.items():
                    member = tarfile.TarInfo(f"{shard:05}{number:04}.{suffix}")
                    member.size = len(content)
                    archive.addfile(member, io.BytesIO(content))
    return folder


@pytest.fixture(scope="session")
def vocabulary() -> ReviewedVocabulary:
    classes = (Entry("dog", ("dogs",)), Entry("cat"), Entry("apple"))
    return ReviewedVocabulary(classes, (Entry("beach"), Entry("sketch"), Entry("night"), Entry("snow")))
