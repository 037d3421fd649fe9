"""The mined emoji pairs with their pictures, for people to look at and to score: each vendor draws both of a pair."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int, UInt8

from realscale.data.contact_sheet import ContactSheet
from realscale.data.dataset import ImageTextSet
from realscale.data.emoji_pairs import CaptionPair, mined_pairs

SAME = 1.0  # grey levels of mean difference below which two pictures are one drawing


@dataclass(frozen=True, eq=False)
class EmojiPairs:
    """Item i: pair `pairs[pair[i]]` as vendor `style[i]` draws it, in rows `rows[i]` of the dataset's images."""

    dataset: ImageTextSet
    pairs: tuple[CaptionPair, ...]
    pair: Int[np.ndarray, " items"]
    style: Int[np.ndarray, " items"]
    rows: Int[np.ndarray, "items 2"]

    def __len__(self) -> int:
        return len(self.pair)

    def images(self, items: Int[np.ndarray, " m"]) -> UInt8[np.ndarray, "m 2 height width 3"]:
        """Both pictures of these items."""
        return self.dataset.images[self.rows[items]]

    def describe(self) -> dict[str, Any]:
        """Pairs of captions and items by operator and type, and the vendors with licence and attribution."""
        kinds = [f"{pair.operator}: {pair.type}" for pair in self.pairs]
        return {
            "name": f"{self.dataset.name} pairs",
            "caption_pairs": dict(Counter(kinds)),
            "image_pairs": dict(Counter(kinds[index] for index in self.pair)),
            "styles": dict(Counter(self.dataset.style_names[style] for style in self.style)),
            "licences": dict(self.dataset.licences),
        }

    def contact_sheet(self, items: Sequence[int]) -> ContactSheet:
        """One row an item, its two pictures side by side."""
        pictures = self.images(np.asarray(items))
        count, _, height, width, _ = pictures.shape
        captions = [" / ".join(self.pairs[self.pair[item]].captions) for item in items]
        grid = pictures.transpose(0, 2, 1, 3, 4).reshape(count * height, 2 * width, 3)
        return ContactSheet(grid, tuple(captions), ("first", "second"))


def emoji_pairs(dataset: ImageTextSet, *, per_subgroup: int = 100) -> EmojiPairs:
    """Pairs mined from the captions of a set, with every vendor that draws both and draws them apart."""
    labels = {
        caption: dataset.class_names[number] for caption, number in zip(dataset.captions, dataset.classes, strict=True)
    }
    pairs = mined_pairs(labels, per_subgroup=per_subgroup)
    row = {(dataset.captions[index], int(dataset.styles[index])): index for index in range(len(dataset))}
    found = [
        (number, style, row[pair.captions[0], style], row[pair.captions[1], style])
        for number, pair in enumerate(pairs)
        for style in range(len(dataset.style_names))
        if all((caption, style) in row for caption in pair.captions)
    ]
    table = np.array(found, dtype=np.int64).reshape(-1, 4)
    first, second = (dataset.images[table[:, column]].astype(np.int16) for column in (2, 3))
    kept = table[np.abs(first - second).mean(axis=(1, 2, 3)) > SAME]
    return EmojiPairs(dataset, tuple(pairs), kept[:, 0], kept[:, 1], kept[:, 2:])
