"""Zero-shot: each kind of prompt against a hand-made choice; templates are checked."""

from pathlib import Path

import numpy as np
import pytest

from realscale.data.dataset import ImageTextSet
from realscale.evaluation.models import Evaluated
from realscale.evaluation.prompts import context_templates, mean_codes, read_context_templates, read_templates
from realscale.evaluation.zero_shot import choice, zero_shot

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def _right(codes: np.ndarray, prompts: np.ndarray, classes: np.ndarray) -> float:
    return float(((codes @ prompts.T).argmax(axis=1) == classes).mean())


def test_every_kind_of_prompt_is_the_choice_of_its_own_texts(model: Evaluated, images: ImageTextSet) -> None:
    codes = model.image_codes(images.images)
    names = images.class_names
    found = zero_shot(model, images, codes, templates=("a drawing of a {}", "my {}"))
    bare = model.text_codes([f"a photo of a {name}" for name in names])
    night = model.text_codes([f"a night scene picture of a {name}" for name in names])
    dark = images.contexts == 1
    kinds = {name: entry["images"]["accuracy"] for name, entry in found.items()}
    assert kinds["class"] == _right(codes, bare, images.classes)
    assert kinds["matched"] == pytest.approx(
        (_right(codes[~dark], bare, images.classes[~dark]) + _right(codes[dark], night, images.classes[dark])) / 2
    )
    assert kinds["ensemble"] == _right(
        codes, (bare + night) / np.linalg.norm(bare + night, axis=1)[:, None], images.classes
    )
    own = model.text_codes([f"a drawing of a {name}" for name in names]) + model.text_codes([f"my {n}" for n in names])
    assert kinds["templates"] == _right(codes, own / np.linalg.norm(own, axis=1)[:, None], images.classes)


def test_prompts_that_hold_the_codes_are_always_right(images: ImageTextSet) -> None:
    prompts = np.stack([np.eye(4), np.roll(np.eye(4), 1, axis=1)])  # the second context calls the classes otherwise
    codes = prompts[images.contexts, images.classes]
    assert choice(images, codes, prompts).all()
    assert choice(images, codes, prompts[:1]).mean() == 0.5


def test_templates_are_read_and_refused(tmp_path: Path) -> None:
    path = tmp_path / "templates.txt"
    path.write_text("# CLIP's own\na photo of a {}\n\nmany {}\n")
    assert read_templates(path) == ("a photo of a {}", "many {}")
    path.write_text("a photo of a\n")
    with pytest.raises(ValueError, match=r"expected exactly one \{\}"):
        read_templates(path)
    with pytest.raises(ValueError, match="cannot be read"):
        read_templates(tmp_path / "absent.txt")
    path.write_text('{"sketch": "a sketch of a {}", "photo": "{0}"}')
    with pytest.raises(ValueError, match="'photo'"):
        read_context_templates(path)


def test_a_context_is_named_by_the_user_else_as_known_else_by_its_name() -> None:
    found = context_templates(("photo", "noto", "autumn"), {"autumn": "a {} among leaves"})
    assert found == ("a photo of a {}", "a noto picture of a {}", "a {} among leaves")
    with pytest.raises(ValueError, match=r"\['winter'\], which are not of this set"):
        context_templates(("photo",), {"winter": "a {}"})


def test_the_mean_of_prompts_has_unit_length() -> None:
    codes = np.stack([np.eye(3)[:2], np.eye(3)[[1, 1]]])  # the first class differs between the templates
    assert mean_codes(codes) == pytest.approx(np.array([[0.5**0.5, 0.5**0.5, 0], [0, 1, 0]]))
