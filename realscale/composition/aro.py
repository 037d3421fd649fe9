"""ARO (Yuksekgonul et al. 2023): VG-Relation, VG-Attribution, COCO-Order and Flickr-Order in their official layouts."""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import numpy as np

from realscale.composition.files import inside, records, text
from realscale.composition.items import Benchmark, BenchmarkError, Item
from scm.streams import stream

Tagger = Callable[[Sequence[str]], Sequence[str]]  # words -> Penn part-of-speech tags, one each

LEAST_OF_PAIR = 25  # attribute pairs with fewer cases are left out of the official macro mean
LONGEST = 30  # words of a caption that the order sets keep
SAME = "a shuffle gave the caption back"


def vg_relation(data: Path, images: Path) -> Benchmark:
    """Read data/visual_genome_relation.json; types are the relations.

    Official rule: the false caption stands first, so ties lose; macro mean over relations, without those that the
    authors' evaluation notebook leaves out (symmetric or rare ones; `aro_left_out_relations.json`).

    Raises:
        BenchmarkError: files that are not so.
    """
    path = data / "visual_genome_relation.json"
    left_out = json.loads((files("realscale.composition") / "aro_left_out_relations.json").read_text())
    items = _boxes(path, images, lambda key, record: text(path, key, record, "relation_name"))
    counted = frozenset(item.type for item in items) - frozenset(left_out)
    return Benchmark("vg_relation", items, "lose", "macro", counted, f"all but {len(left_out)} relations, as by near")


def vg_attribution(data: Path, images: Path) -> Benchmark:
    """Read data/visual_genome_attribution.json; types are pairs of attributes.

    Official rule: ties lose; macro mean over attribute pairs with at least 25 cases.

    Raises:
        BenchmarkError: files that are not so.
    """
    path = data / "visual_genome_attribution.json"

    def pair(key: str, record: Mapping[str, Any]) -> str:
        names = record.get("attributes")
        if not isinstance(names, list) or len(names) != 2 or not all(isinstance(name, str) for name in names):
            raise BenchmarkError(f"{path}, record {key}: field 'attributes' is {names!r:.80}; expected two names")
        return "_".join(names)

    items = _boxes(path, images, pair)
    cases = Counter(item.type for item in items)
    counted = frozenset(name for name in cases if cases[name] >= LEAST_OF_PAIR)
    rule = f"attribute pairs with at least {LEAST_OF_PAIR} cases"
    return Benchmark("vg_attribution", items, "lose", "macro", counted, rule)


def order(
    path: Path, images: Path, *, name: Literal["coco_order", "flickr_order"], tagger: Tagger, seed: int
) -> Benchmark:
    """COCO-Order or Flickr-Order: four shuffles of every caption of a Karpathy-split file, drawn by `seed`.

    File: an array of {image, caption: [texts]}. Shuffles: nouns and adjectives each among themselves; all other words;
    words within groups of three; groups of three. A shuffle that gives the caption back is no negative and is counted.
    The official sets tag with spaCy and split with nltk; here `tagger` tags and spaces split, so that cases differ from
    theirs in detail, as their own cases differ from seed to seed. Official rule: the caption stands first, so ties win.

    Raises:
        BenchmarkError: a file that is not so.
    """
    items: list[Item] = []
    skipped: Counter[str] = Counter()
    for key, record in records(path, list):
        captions = record.get("caption")
        if isinstance(captions, str):
            captions = [captions]
        if not isinstance(captions, list) or not captions:
            raise BenchmarkError(
                f"{path}, record {key}: field 'caption' is {captions!r:.80}; expected an array of texts"
            )
        image = inside(images, text(path, key, record, "image"))
        for number, caption in enumerate(captions):
            cleaned = plain_caption(str(caption))
            rng = stream(seed, name, key, str(number))
            shuffles = [" ".join(words) for words in shuffled(cleaned.split(), tagger, rng=rng)]
            negatives = tuple(dict.fromkeys(other for other in shuffles if other != cleaned))
            skipped[SAME] += sum(other == cleaned for other in shuffles)
            if negatives:
                items.append(Item(f"{key}/{number}", image, cleaned, negatives, name))
    return Benchmark(name, tuple(items), "win", "micro", skipped=+skipped)


def plain_caption(caption: str) -> str:
    """Lower case, without the marks . ! " ( ) * # : ; ~, at most 30 words: as the official order sets have them."""
    return " ".join(re.sub(r"[.!\"()*#:;~]", " ", caption.lower()).split()[:LONGEST])


def shuffled(words: Sequence[str], tagger: Tagger, *, rng: np.random.Generator) -> list[list[str]]:
    """The four shuffles of the order sets (see `order`)."""
    tags = tagger(words)
    nouns = [i for i, tag in enumerate(tags) if tag.startswith("NN")]
    adjectives = [i for i, tag in enumerate(tags) if tag.startswith("JJ")]
    others = [i for i in range(len(words)) if i not in {*nouns, *adjectives}]
    threes = [list(words[i : i + 3]) for i in range(0, len(words), 3)]
    within = [list(rng.permutation(three)) for three in threes]
    return [
        _permuted(words, (nouns, adjectives), rng),
        _permuted(words, (others,), rng),
        [str(word) for three in within for word in three],
        [word for i in rng.permutation(len(threes)) for word in threes[i]],
    ]


def _permuted(words: Sequence[str], groups: Sequence[Sequence[int]], rng: np.random.Generator) -> list[str]:
    """The words with those of each group of places permuted among these places."""
    result = list(words)
    for places in groups:
        for place, source in zip(places, rng.permutation(places), strict=True):
            result[place] = words[source]
    return result


def _boxes(path: Path, images: Path, type_of: Callable[[str, Mapping[str, Any]], str]) -> tuple[Item, ...]:
    """Items whose image is cropped to a box."""
    items = []
    for key, record in records(path, list):
        box = [record.get(f"bbox_{side}") for side in "xywh"]
        sides = [int(value) for value in box if isinstance(value, int | float) and value == value]
        if len(sides) < 4 or min(sides[2:]) <= 0:
            raise BenchmarkError(
                f"{path}, record {key}: bbox_x, bbox_y, bbox_w and bbox_h are {box}; expected four numbers, width and "
                "height positive"
            )
        x, y, width, height = sides
        image = inside(images, text(path, key, record, "image_path"))
        false = (text(path, key, record, "false_caption"),)
        true = text(path, key, record, "true_caption")
        items.append(Item(key, image, true, false, type_of(key, record), (x, y, width, height)))
    return tuple(items)
