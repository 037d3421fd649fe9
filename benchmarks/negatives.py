"""Hard negatives of captions a second on one core, the captions tagged before: the generator against a plain one.

The plain one swaps two nouns, replaces a noun by a random noun and adds an adjective by tags alone: what a short script
does, without lexicon, grammar, rejection of true captions or records. Process CPU time, least of the repeats.
Needs TextBlob (extra `negatives`) and WordNet (python -m realscale.negatives --fetch).

    python benchmarks/negatives.py captions.txt     a caption a line; bar: 5,000 captions/s
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from realscale.negatives import lexicon
from realscale.negatives.tagging import tagger
from scm.composition.captions import negatives, parse, split
from scm.streams import stream

BAR = 5000.0
REPEATS = 15


def plain(words: Sequence[str], tags: Sequence[str], vocabulary: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Three negatives by tags alone."""
    nouns = [place for place, tag in enumerate(tags) if tag.startswith("NN")]
    if not nouns:
        return []
    result = []
    if len(nouns) > 1:
        one, other = rng.choice(nouns, 2, replace=False)
        swapped = list(words)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        result.append(" ".join(swapped))
    place = nouns[int(rng.integers(len(nouns)))]
    result.append(" ".join([*words[:place], vocabulary[int(rng.integers(len(vocabulary)))], *words[place + 1 :]]))
    return [*result, " ".join([*words[:place], "red", *words[place:]])]


def fastest(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds of process CPU time of one pass at best, and the negatives that it makes."""
    best, made = float("inf"), 0
    for _ in range(REPEATS):
        start = time.process_time()
        made = work()
        best = min(best, time.process_time() - start)
    return best, made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("captions", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout instead of the table")
    arguments = parser.parse_args()
    captions = [line.strip() for line in arguments.captions.read_text(encoding="utf-8").splitlines() if line.strip()]
    entries, tag = lexicon.load(), tagger()
    start = time.process_time()
    tags = [tag(split(caption)) for caption in captions]
    tagging = len(captions) / (time.process_time() - start)
    vocabulary = sorted(entries.nouns)

    def generated(most: int, steps: int) -> int:
        return sum(
            len(
                negatives(
                    parse(caption, of, entries),
                    entries,
                    rng=stream(0, "negatives", caption),
                    most=most,
                    steps=steps,
                )
            )
            for caption, of in zip(captions, tags, strict=True)
        )

    def plainly() -> int:
        return sum(
            len(plain(split(caption), of, vocabulary, stream(0, "negatives", caption)))
            for caption, of in zip(captions, tags, strict=True)
        )

    rows: dict[str, Callable[[], int]] = {"plain, 3 a caption": plainly}
    for most, steps in ((1, 1), (3, 1), (3, 2)):
        rows[f"{most} a caption, up to {steps} steps"] = partial(generated, most, steps)
    results = {}
    for name, work in rows.items():
        seconds, made = fastest(work)
        results[name] = {"captions_per_second": len(captions) / seconds, "negatives_per_second": made / seconds}
    if arguments.json:
        print(
            json.dumps(
                {"captions": len(captions), "tagged_per_second": tagging, "bar": BAR, "results": results}, indent=1
            )
        )
        return
    print(f"{len(captions)} captions; tagging {tagging:,.0f} captions/s; bar {BAR:,.0f} captions/s after tagging")
    for name, row in results.items():
        print(
            f"{name:26} {row['captions_per_second']:10,.0f} captions/s {row['negatives_per_second']:10,.0f} negatives/s"
        )


if __name__ == "__main__":
    main()
