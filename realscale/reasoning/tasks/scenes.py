"""The scene task: questions about rendered pictures of several coloured shapes, with every latent known."""

from collections.abc import Sequence

import numpy as np
from PIL import Image

from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.scene_law import (
    SPLITS,
    Kind,
    SceneSettings,
    all_answers,
    scene_laws,
    shortcut_answers,
)
from realscale.reasoning.tasks.scene_questions import Placed, arrangement, question, solution, targets
from scm.grammar import BACKGROUNDS, COLOURS, SHAPES
from scm.object_images import ObjectScenes, render_objects
from scm.sampling import check_sampling
from scm.streams import stream_seed

HELD_OUT_SHARE = 4  # one arrangement in so many is kept for the tests
MOST_DRAWS = 1000  # of an arrangement on the wanted side


def scene_examples(
    settings: SceneSettings, count: int, *, rng: np.random.Generator, split: str = "train"
) -> list[Example]:
    """Examples with known latents, independent draws from `scene_laws`; the same generator gives the same examples.

    The environment of an example is its background. Its facts: kind, targets (what is asked about), objects in reading
    order (colour, shape, row, column), background, grid, split, and shortcut, the answer that the background suggests
    by the law of training. "id" has the law of training; with `held_out`, "train" has other arrangements of objects
    than the three tests.

    Raises:
        ValueError: an unknown split, or held-out arrangements of which there are none for some question.
    """
    check_sampling(count, rng)
    if split not in SPLITS:
        raise ValueError(f"split={split!r}, expected one of {SPLITS}")
    drawn = scene_laws(settings).laws["train" if split == "id" else split].sample(count, rng=rng)
    named, suggested = all_answers(settings), shortcut_answers(settings)
    rows = []
    for kind_number, answer_number, context in zip(drawn["kind"], drawn["answer"], drawn["context"], strict=True):
        kind = settings.kinds[kind_number]
        asked = targets(settings, kind, rng=rng)
        objects = _arranged(settings, kind, asked, named[answer_number], split, rng)
        mentioned = BACKGROUNDS[context] if rng.random() < settings.context_named else None
        facts = {
            "kind": kind,
            "targets": list(asked),
            "objects": [_described(thing) for thing in objects],
            "background": BACKGROUNDS[context],
            "grid": settings.grid,
            "split": split,
            "shortcut": named[suggested[kind_number, context]],
        }
        rows.append((objects, named[answer_number], solution(kind, asked, objects, mentioned), facts))
    pictures = _pictures(settings, [row[0] for row in rows], drawn["context"], rng)
    return [
        Example(
            question=question(facts["kind"], facts["targets"]),
            answer=answer,
            image=Image.fromarray(picture),
            solution=text,
            environment=facts["background"],
            facts=facts,
        )
        for (_, answer, text, facts), picture in zip(rows, pictures, strict=True)
    ]


def is_held_out(objects: Sequence[Placed]) -> bool:
    """Whether an arrangement (shape, colour and cell of every object) is kept for the tests, by its hash."""
    numbers = [number for thing in objects for number in (thing.shape, thing.colour, *thing.cell)]
    return stream_seed(0, "held-out arrangements", *numbers) % HELD_OUT_SHARE == 0


def _arranged(
    settings: SceneSettings, kind: Kind, asked: tuple[str, ...], answer: str, split: str, rng: np.random.Generator
) -> tuple[Placed, ...]:
    """An arrangement on the side of the split: drawn again until it is there, which leaves kind and answer alone."""
    for _ in range(MOST_DRAWS):
        objects = arrangement(settings, kind, asked, answer, rng=rng)
        if not settings.held_out or is_held_out(objects) == (split != "train"):
            return objects
    raise ValueError(
        f"{MOST_DRAWS} arrangements for {question(kind, asked)!r} with the answer {answer!r} are all on one side of "
        f"the held-out split, and {split!r} needs the other; expected settings with more arrangements: more objects, "
        "cells, shapes or colours"
    )


def _described(thing: Placed) -> dict[str, str | int]:
    row, column = thing.cell
    return {"colour": COLOURS[thing.colour], "shape": SHAPES[thing.shape], "row": row, "column": column}


def _pictures(
    settings: SceneSettings,
    arrangements: Sequence[Sequence[Placed]],
    contexts: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """The pictures, with sizes, offsets and tints independent of all else."""
    shape = (len(arrangements), settings.objects)
    numbers = np.array(
        [[(o.shape, o.colour, o.cell[0] * settings.grid + o.cell[1]) for o in objects] for objects in arrangements],
        dtype=np.int64,
    ).reshape(*shape, 3)
    size, paleness = rng.standard_normal((2, *shape))
    brightness, warmth = rng.standard_normal((2, shape[0]))
    scene = ObjectScenes(
        shape=numbers[..., 0],
        colour=numbers[..., 1],
        cell=numbers[..., 2],
        offset=rng.standard_normal((*shape, 2)),
        size=size,
        paleness=paleness,
        background=contexts,
        brightness=brightness,
        warmth=warmth,
        grid=settings.grid,
    )
    return render_objects(scene, settings.size)
