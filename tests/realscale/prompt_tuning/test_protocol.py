"""The protocol: halves of the classes, shots and validation apart, splits that share no group, other sets."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from realscale.data.labelled import LabelledImages, part
from realscale.evaluation.sets import Splits, open_set, open_splits
from realscale.prompt_tuning import protocol
from realscale.prompt_tuning.protocol import base_to_new, context_left_out, cross_dataset, draw_shots, harmonic_mean
from realscale.prompt_tuning.settings import AUTHORS, Tuning
from realscale.prompt_tuning.training import Pictures

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def _codes_of(pictures: Pictures, images: LabelledImages) -> np.ndarray:
    return pictures.model.image_codes(images.pictures(np.arange(len(images)), size=16))


def test_the_harmonic_mean_is_that_of_both_halves() -> None:
    assert harmonic_mean(0.5, 1.0) == pytest.approx(2 / 3)
    assert harmonic_mean(0.0, 1.0) == harmonic_mean(0.0, 0.0) == 0


def test_shots_and_validation_are_apart_and_at_most_four(pictures: Pictures) -> None:
    splits = Splits(pictures.images, None, pictures.images)
    for shots, counts in ((2, (2, 2)), (6, (6, 2)), (3, (3, 3))):
        drawn, validation = draw_shots(splits, shots, seed=0)
        assert [np.bincount(found.classes).tolist() for found in (drawn, validation)] == [[n] * 4 for n in counts]
        assert not set(drawn.rows) & set(validation.rows)
    own = Splits(pictures.images, part(pictures.images, np.arange(0, 32, 4)), pictures.images)
    assert set(draw_shots(own, 8, seed=0)[1].rows) == set(range(0, 32, 4))


def test_halves_of_a_set_share_no_group(pictures: Pictures) -> None:
    paired = replace(pictures.images, groups=np.arange(32) // 2)
    splits = open_splits("colours", None, paired, seed=0)
    assert not set(splits.train.groups) & set(splits.test.groups)
    assert len(splits.train) + len(splits.test) == 32
    assert splits.validation is None


def test_each_half_is_judged_among_its_own_classes(pictures: Pictures) -> None:
    splits = Splits(pictures.images, None, pictures.images)
    tuning = replace(AUTHORS["coop"], shots=2, epochs=1, rate=0.0)
    found = base_to_new(pictures.model, splits, tuning, lambda images: _codes_of(pictures, images), seeds=(0, 1))
    names = pictures.images.class_names
    for half, rows, classes in (("base", slice(0, 16), names[:2]), ("new", slice(16, 32), names[2:])):
        prompts = pictures.model.text_codes([f"a photo of a {name}." for name in classes])
        right = (pictures.codes[rows] @ prompts.T).argmax(axis=1) == np.repeat([0, 1], 8)
        assert found[half]["mean"] == found["hand"][half] == right.mean()
    assert found["harmonic_mean"]["mean"] == harmonic_mean(found["base"]["mean"], found["new"]["mean"])
    assert [run["n_shots"] for run in found["runs"]] == [4, 4]
    assert found["base"]["seeds"] == 2


def test_prompts_of_all_classes_are_put_to_other_sets(pictures: Pictures) -> None:
    splits = Splits(pictures.images, None, pictures.images)
    other = replace(pictures.images.take(pictures.images.classes < 2), name="other", class_names=("pear", "fig"))
    tuning = replace(AUTHORS["coop"], shots=2, epochs=1, rate=0.0)
    codes_of = lambda images: _codes_of(pictures, images)  # noqa: E731
    found = cross_dataset(pictures.model, splits, [other], tuning, codes_of, seeds=(0,))
    assert list(found["sets"]) == ["colours", "other"]
    for entry in found["sets"].values():
        assert entry["accuracy"]["mean"] == entry["hand"]
    prompts = pictures.model.text_codes(["a photo of a pear.", "a photo of a fig."])
    right = (pictures.codes[:16] @ prompts.T).argmax(axis=1) == np.repeat([0, 1], 8)
    assert found["sets"]["other"]["hand"] == right.mean()


def test_prompts_are_learned_without_the_context_that_they_are_judged_on(
    pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = {name: ("day", "night") for name in ("style_names", "style_phrases", "families")}
    images = replace(pictures.images, styles=np.arange(32) % 2, **two, licences=dict.fromkeys(two["families"], "own"))
    learned: list[set[int]] = []
    tuned = protocol.tune

    def tune(tuning: Tuning, shots: Pictures, **options: Any) -> Any:
        learned.append(set(shots.images.contexts.tolist()))
        return tuned(tuning, shots, **options)

    monkeypatch.setattr(protocol, "tune", tune)
    tuning = replace(AUTHORS["coop"], shots=2, epochs=1, rate=0.0)
    codes_of = lambda some: _codes_of(pictures, some)  # noqa: E731
    found = context_left_out(pictures.model, images, tuning, codes_of, seeds=(0, 1))
    assert learned == [{1}, {1}, {0}, {0}]
    prompts = pictures.model.text_codes([f"a photo of a {name}." for name in images.class_names])
    right = (pictures.codes @ prompts.T).argmax(axis=1) == images.classes
    means = {name: entry["accuracy"]["mean"] for name, entry in found["contexts"].items()}
    assert means == pytest.approx({"day": right[::2].mean(), "night": right[1::2].mean()})
    assert found["mean"]["mean"] == pytest.approx(right.mean())
    assert found["mean"]["seeds"] == 2
    with pytest.raises(ValueError, match="has images of 1 context; expected two or more"):
        context_left_out(pictures.model, images.take(images.styles < 1), tuning, codes_of, seeds=(0,))


def test_sets_of_coop_have_their_own_splits(tmp_path: Path) -> None:
    folder = tmp_path / "dtd" / "images"
    folder.mkdir(parents=True)
    entries = []
    for number in range(6):
        Image.new("RGB", (8, 8), (40 * number, 0, 0)).save(folder / f"{number}.jpg")
        entries.append([f"{number}.jpg", number % 2, ("striped", "dotted")[number % 2]])
    document = {"train": entries[:2], "val": entries[2:4], "test": entries[4:]}
    (tmp_path / "dtd" / "split_zhou_DescribableTextures.json").write_text(json.dumps(document))
    path = str(tmp_path / "dtd")
    images = open_set(path, "coop", size=16)
    splits = open_splits(path, "coop", images, seed=0)
    assert splits.test is images
    assert [len(found) for found in (splits.train, splits.validation or [], splits.test)] == [2, 2, 2]
    assert splits.train.pictures(np.array([1]), size=8).mean() != splits.test.pictures(np.array([1]), size=8).mean()
