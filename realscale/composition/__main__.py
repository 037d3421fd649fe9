"""`python -m realscale.composition`: score a model on a compositional benchmark, and say what its negatives are."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from identifiability.metrics.winoground import CHANCE
from realscale.clip_library import Activation
from realscale.composition.aro import order, vg_attribution, vg_relation
from realscale.composition.coverage import ROWS, coverage
from realscale.composition.files import located, located_images
from realscale.composition.items import Benchmark, BenchmarkError
from realscale.composition.models import OpenClip
from realscale.composition.scoring import (
    TOLERANCE,
    Scores,
    blind_scores,
    constant_scores,
    encode,
    identity,
    official_figure,
    random_draw,
    report,
)
from realscale.composition.sugarcrepe import TYPES, sugarcrepe
from realscale.composition.valse import PIECES, valse
from realscale.composition.winoground import winoground, winoground_shares
from realscale.data.errors import MissingData
from realscale.negatives.tagging import tagger

Name = Literal["vg_relation", "vg_attribution", "coco_order", "flickr_order", "sugarcrepe", "valse", "winoground"]
Split = Literal["val", "test"]
Flag = tyro.conf.FlagCreatePairsOff[bool]
application = tyro.extras.SubcommandApp()


# file of each split under the root; image names in it already begin with the folder of the images
ORDER_FILES = {"coco_order": "coco_karpathy_{split}.json", "flickr_order": "flickr30k_{split}.json"}
FILES: dict[Name, tuple[str, ...]] = {
    "vg_relation": ("visual_genome_relation.json",),
    "vg_attribution": ("visual_genome_attribution.json",),
    "sugarcrepe": tuple(f"{name}.json" for name in TYPES),
    "valse": tuple(f"{name}.json" for name in PIECES),
    "winoground": ("examples.jsonl",),
}
BLIND = "blind (language model)"
NOTES = {
    BLIND: "word pairs of the benchmark's own captions, a caption scored by those of other folds; it sees no image and "
    "ties where it knows no pair of a text. Captions of one template stand in several folds, so that it knows the "
    "templates of sets such as VG-Relation and judges the words that fill them",
    "random": "one draw of scores; chance is its exact expectation",
}


def read(name: Name, root: Path, images: Path | None, *, split: Split = "test", seed: int = 0) -> Benchmark:
    """The benchmark from its folder, or from the folder `data` in it; images default to `images` in one of the two.

    Those of the order sets default to the folder of the files; `split` and `seed` (of the shuffles) are for them alone:
    the others have one split and their own negatives.
    """
    if name == "coco_order" or name == "flickr_order":
        file = ORDER_FILES[name].format(split=split)
        data = located(root, (file,))
        return order(data / file, images or data, name=name, tagger=tagger(), seed=seed)
    data = located(root, FILES[name])
    readers = {
        "vg_relation": vg_relation,
        "vg_attribution": vg_attribution,
        "sugarcrepe": sugarcrepe,
        "valse": valse,
        "winoground": winoground,
    }
    return readers[name](data, images or located_images(data, root))


@application.command
def score(
    benchmark: tyro.conf.Positional[Name],
    root: tyro.conf.Positional[Path],
    images: Path | None = None,
    split: Split = "test",
    model: str | None = None,
    pretrained: str | None = None,
    activation: Activation | None = None,
    device: str = "cpu",
    batch: int = 64,
    official_ties: Flag = False,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Score a model, and beside it a language model that sees no image, a random draw, and chance.

    The language model is one of word pairs, learned from the benchmark's own captions out of fold; it ties where it
    knows no pair of a text, and knows templates that captions share. Chance is the exact expectation of random scores.
    Ties count 1 / (1 + t), t the negatives tied with the caption; the tie rate and the mean margin stand beside. Of
    Winoground each picture is a question of its own, and text, image and group score stand below.

    Args:
        benchmark: Which benchmark.
        root: Folder of its official files, or the one whose folder `data` holds them.
        images: Folder of its images; if left out `images` in one of these two, of the order sets that of the files.
        split: Of the order sets.
        model: Architecture of open_clip; without it only the baselines are scored.
        pretrained: Weights: a local file or a tag of open_clip.
        activation: What weights of a file were trained with, where neither it nor open_clip_config.json beside it says.
        device: Torch device.
        batch: Images, and texts, encoded at once.
        official_ties: Count ties as the benchmark's own code does, not as guesses.
        tolerance: Scores within this distance tie; the default is what float32 leaves of codes of unit length.
        seed: Of the random draw, and of the shuffles of the order sets.
        as_json: One JSON document instead of a table.
    """
    data = read(benchmark, root, images, split=split, seed=seed)
    found: dict[str, Scores] = {}
    if model is not None:
        towers = OpenClip(model, pretrained, activation=activation, device=device)
        found[model] = encode(data, towers, batch=batch, progress=_progress).scores(data.items)
    found[BLIND] = blind_scores(data)
    found[f"random (seed {seed})"] = random_draw(data, seed=seed)
    rule = f"as {data.official_ties}" if official_ties else "shared"
    document: dict[str, Any] = {
        "benchmark": data.name,
        "items": len(data.items),
        "identity": identity(data),
        "skipped": dict(data.skipped),
        "ties": rule,
        "official_rule": data.official_rule,
        "pretrained": pretrained,
        "scores": {
            name: _plain(data, scores, official_ties=official_ties, tolerance=tolerance)
            for name, scores in found.items()
        },
        "chance": _chance(data),
        "notes": NOTES,
    }
    if as_json:
        print(json.dumps(document, indent=1))
        return
    print(f"{data.name}: {len(data.items)} items ({document['identity']}), ties {rule}; left out: {data.left_out()}")
    for name, entry in document["scores"].items():
        _print_scores(name, entry, data.official_rule)
    shares = {name: share for name, share in document["chance"].items() if isinstance(share, float)}
    print("chance, exactly: " + ", ".join(f"{name} {share:.4f}" for name, share in shares.items()))
    for name, note in NOTES.items():
        print(f"{name}: {note}")


def _print_scores(name: str, entry: Mapping[str, Any], rule: str) -> None:
    official = f"not defined (rule: {rule})" if entry["official"] is None else f"{entry['official']:.4f}"
    print(f"{name}: official {official}, macro {entry['macro']:.4f}, worst {entry['worst']}")
    for kind, row in {"micro": entry["micro"], **entry["types"]}.items():
        low, high = row["interval"]
        print(
            f"  {kind:24} {row['accuracy']:.4f} [{low:.4f}, {high:.4f}]  ties {row['ties']:.4f}  "
            f"margin {row['margin']:+.4f}  n {row['items']}"
        )
    for kind, shares in entry.get("winoground", {}).items():
        print(f"  {kind:24} " + "  ".join(f"{figure} {share:.4f}" for figure, share in shares.items()))


@application.command(name="coverage")
def show_coverage(
    benchmark: tyro.conf.Positional[Name],
    root: tyro.conf.Positional[Path],
    split: Split = "test",
    seed: int = 0,
    as_json: Annotated[Flag, tyro.conf.arg(name="json")] = False,
) -> None:
    """Which share of the benchmark's negatives is SWAP, REPLACE or ADD in the theorems' sense, by type.

    swap: two concepts of one kind exchanged, alone or as noun phrases; replace: a concept in the place of one of its
    kind; add: an attribute, a number, a negation or an object put in; several: more than one step of these; order: the
    same words in an order that no exchange of concepts makes; other: anything else, as a deletion. Kinds are read off
    part-of-speech tags (extra `negatives`), which err: shares are estimates.

    Args:
        benchmark: Which benchmark.
        root: Folder of its official files, or the one whose folder `data` holds them; no image is read.
        split: Of the order sets.
        seed: Of the shuffles of the order sets.
        as_json: One JSON document instead of a table.
    """
    shares = coverage(read(benchmark, root, None, split=split, seed=seed), tagger())
    if as_json:
        print(json.dumps(shares, indent=1))
        return
    print(f"{'type':24}" + "".join(f"{row:>9}" for row in ROWS))
    for name, found in shares.items():
        print(f"{name:24}" + "".join(f"{found[row]:9.4f}" for row in ROWS))


def _plain(data: Benchmark, scores: Scores, *, official_ties: bool, tolerance: float) -> Mapping[str, Any]:
    found = report(data, scores, official_ties=official_ties, tolerance=tolerance)
    entry = {
        "official": official_figure(data, found),
        "macro": found.macro,
        "worst": found.worst,
        "micro": asdict(found.micro),
        "types": {name: asdict(row) for name, row in found.types.items()},
    }
    if data.name == "winoground":
        entry["winoground"] = winoground_shares(data, scores, official_ties=official_ties, tolerance=tolerance)
    return entry


def _chance(data: Benchmark) -> dict[str, Any]:
    """Exact expectation of random scores, which tie with probability 0, by each figure."""
    found = report(data, constant_scores(data))
    entry: dict[str, Any] = {"official": official_figure(data, found), "macro": found.macro}
    entry |= {"micro": found.micro.accuracy, "types": {name: row.accuracy for name, row in found.types.items()}}
    return entry | (CHANCE if data.name == "winoground" else {})


def _progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it succeeded, 2 for bad input, 130 when interrupted, 141 when nobody reads on."""
    try:
        application.cli(
            args=arguments,
            prog="python -m realscale.composition",
            description="Compositional benchmarks: one tie-aware scorer, and what their negatives are.",
        )
        sys.stdout.flush()
    except (BenchmarkError, MissingData, RuntimeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python's own flush at exit fails again
        return 141
    return 0


if __name__ == "__main__":
    sys.exit(main())
