"""A contact sheet of the scene task: a row of pictures for each kind of question, with question, answer and context."""

import textwrap
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.scene_law import SceneSettings
from realscale.reasoning.tasks.scenes import scene_examples

SIDE = 168  # pixels of a picture on the sheet
_MARGIN, _LINE, _CHARACTERS = 10, 13, 30


def scene_sheet(settings: SceneSettings, columns: int, *, rng: np.random.Generator, split: str) -> Image.Image:
    """`columns` examples of each kind, drawn until there are so many."""
    rows: dict[str, list[Example]] = {kind: [] for kind in settings.kinds}
    while any(len(row) < columns for row in rows.values()):
        for example in scene_examples(settings, columns * len(rows), rng=rng, split=split):
            rows[example.facts["kind"]].append(example)
    return _drawn([row[:columns] for row in rows.values()])


def _drawn(rows: Sequence[Sequence[Example]]) -> Image.Image:
    texts = [[_lines(example) for example in row] for row in rows]
    heights = [SIDE + 2 * _MARGIN + _LINE * max(map(len, row)) for row in texts]
    width = SIDE + 2 * _MARGIN
    sheet = Image.new("RGB", (width * len(rows[0]), sum(heights)), "white")
    pen = ImageDraw.Draw(sheet)
    for down, row in enumerate(rows):
        for right, example in enumerate(row):
            left, top = right * width + _MARGIN, sum(heights[:down]) + _MARGIN
            assert example.image is not None
            sheet.paste(example.image.resize((SIDE, SIDE), Image.Resampling.NEAREST), (left, top))
            for number, line in enumerate(texts[down][right]):
                pen.text((left, top + SIDE + 4 + number * _LINE), line, fill="black")
    return sheet


def _lines(example: Example) -> list[str]:
    context = f"{example.environment}, which suggests {example.facts['shortcut']}"
    texts = (example.question, example.solution, context)
    return [line for text in texts for line in textwrap.wrap(text, _CHARACTERS)]
