"""Pictures of several objects: each in its cell, whatever its size and offset, and different scenes look different."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from scm.object_images import ObjectScenes, render_objects


def drawn(rng: np.random.Generator, count: int, objects: int, grid: int) -> ObjectScenes:
    shape = (count, objects)
    return ObjectScenes(
        shape=rng.integers(8, size=shape),
        colour=rng.integers(8, size=shape),
        cell=np.array([rng.permutation(grid**2)[:objects] for _ in range(count)]),
        offset=rng.uniform(-9, 9, (*shape, 2)),
        size=rng.uniform(-9, 9, shape),
        paleness=rng.standard_normal(shape),
        background=rng.integers(8, size=count),
        brightness=rng.standard_normal(count),
        warmth=rng.standard_normal(count),
        grid=grid,
    )


def test_an_object_changes_pixels_of_its_own_cell_alone() -> None:
    scene = drawn(np.random.default_rng(0), 300, 4, 3)
    pictures = render_objects(scene, 48)
    other = replace(scene, shape=scene.shape.copy(), colour=scene.colour.copy())
    other.shape[:, 0], other.colour[:, 0] = (scene.shape[:, 0] + 1) % 8, (scene.colour[:, 0] + 1) % 8
    changed = (render_objects(other, 48) != pictures).any(axis=3).reshape(300, 3, 16, 3, 16).any(axis=(2, 4))
    expected = np.zeros((300, 9), dtype=bool)
    expected[np.arange(300), scene.cell[:, 0]] = True
    np.testing.assert_array_equal(changed.reshape(300, 9), expected)


def test_every_shape_and_colour_is_another_picture_on_every_background() -> None:
    shape, colour, background = np.array(list(product(range(8), range(8), range(8)))).T
    scene = drawn(np.random.default_rng(0), 512, 1, 1)
    zero = np.zeros(512)
    scene = replace(
        scene,
        shape=shape[:, None],
        colour=colour[:, None],
        background=background,
        offset=np.zeros((512, 1, 2)),
        size=zero[:, None],
        paleness=zero[:, None],
        brightness=zero,
        warmth=zero,
    )
    flat = render_objects(scene, 14).reshape(512, -1).astype(np.int32)
    for a in range(512):
        assert ((np.abs(flat[a + 1 :] - flat[a]) > 20).sum(axis=1) > 5).all()


def test_rows_are_drawn_one_by_one() -> None:
    scene = drawn(np.random.default_rng(1), 270, 3, 2)  # more than one block
    rows = np.array([3, 258, 269])
    part = ObjectScenes(
        **{name: value[rows] if isinstance(value, np.ndarray) else value for name, value in vars(scene).items()}
    )
    np.testing.assert_array_equal(render_objects(scene, 28)[rows], render_objects(part, 28))


def test_scenes_that_cannot_be_drawn_are_refused() -> None:
    scene = drawn(np.random.default_rng(2), 2, 2, 2)
    with pytest.raises(ValueError, match="one would hide the other"):
        replace(scene, cell=np.zeros((2, 2), dtype=np.int64))
    with pytest.raises(ValueError, match=r"cell runs from .* to 4, expected numbers 0\.\.3"):
        replace(scene, cell=np.array([[0, 4], [1, 2]]))
    with pytest.raises(ValueError, match="expected at least 28 pixels"):
        render_objects(scene, 27)
