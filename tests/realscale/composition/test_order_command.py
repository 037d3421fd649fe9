"""COCO-Order and Flickr-Order on the command line, from files in the official layout."""

import json
from pathlib import Path

import pytest

pytest.importorskip("textblob", reason="needs the extra: pip install 'token-scm[negatives]'")

from realscale.composition.__main__ import main, read


@pytest.mark.parametrize("name", ["coco_order", "flickr_order"])
def test_order_sets_are_scored_from_their_root(karpathy: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["score", name, str(karpathy), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["benchmark"], document["items"]) == (name, 2)
    assert set(document["scores"]) == {"blind (language model)", "random (seed 0)"}
    assert main(["score", name, str(karpathy), "--split", "val", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["items"] == 1


@pytest.mark.parametrize("name", ["coco_order", "flickr_order"])
def test_images_stand_where_the_files_say(karpathy: Path, name: str) -> None:
    assert read(name, karpathy, None).missing_images() == []  # type: ignore[arg-type]


def test_negatives_of_the_order_sets_keep_the_words(karpathy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "coco_order", str(karpathy), "--json"]) == 0
    shares = json.loads(capsys.readouterr().out)["all"]
    assert shares["swap"] + shares["several"] + shares["order"] == pytest.approx(1)
    assert shares["order"] >= 0.5  # of four shuffles of a caption two move triples of words or words within them
    assert main(["coverage", "flickr_order", str(karpathy)]) == 0


def test_shuffles_follow_the_seed(karpathy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = []
    for seed in ("0", "0", "1"):
        assert main(["score", "coco_order", str(karpathy), "--seed", seed, "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["identity"])
    assert found[0] == found[1] != found[2]


def test_a_missing_split_is_named(karpathy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (karpathy / "flickr30k_val.json").unlink()
    assert main(["score", "flickr_order", str(karpathy), "--split", "val"]) == 2
    assert "flickr30k_val.json" in capsys.readouterr().err


def test_the_order_sets_are_read_from_a_repository(karpathy: Path) -> None:
    (karpathy / "data").mkdir()
    (karpathy / "coco_karpathy_test.json").rename(karpathy / "data" / "coco_karpathy_test.json")
    (karpathy / "val2014").rename(karpathy / "data" / "val2014")
    assert read("coco_order", karpathy, None).missing_images() == []
