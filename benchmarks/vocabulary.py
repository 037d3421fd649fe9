"""Captions a second and memory of matching a vocabulary, and how well mined roles agree with known ones.

Matching is timed on the wall clock with polars' own threads (bar: 100,000 captions/s on 2 cores), in memory and as the
command runs it from each kind of shard; beside it plain loops over captions: the token-level parser, and Aho-Corasick
libraries where they are installed. Memory is the peak of the command in a process of its own, for growing numbers of
captions. Roles are mined from captions of the causal model (one class name a variable given) and of the emoji set (half
of the names given, and none).

    python benchmarks/vocabulary.py                       up to 10^6 captions, about two minutes
    python benchmarks/vocabulary.py --captions 10000000   memory up to 10^7 (0.6 GB on disk)
"""

import argparse
import importlib.util
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from realscale.data import MissingData, load
from realscale.data.phrases import with_article
from realscale.vocabulary import mining, table
from realscale.vocabulary.agreement import agreement
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import entries, normalised, pattern
from realscale.vocabulary.shards import shards
from realscale.vocabulary.writing import load as load_vocabulary
from realscale.vocabulary.writing import save
from scm import TokenConfig, TokenSCM
from scm.tokens import TokenRole

BAR_SPEED, BAR_CAUSAL, BAR_EMOJI = 1e5, 0.99, 0.95
BAR_GROWTH = 1.5  # of the peak from 10^5 captions, two batches, to any number
CLASSES, PLACES = 1000, 200
SHARD = 1_000_000
TIMED = 100_000
REPEATS = 5


def vocabulary() -> ReviewedVocabulary:
    """A thousand classes, a third of two words, with plurals; two hundred places and eight styles."""
    names = [f"big thing{i}" if i % 3 == 0 else f"thing{i}" for i in range(CLASSES)]
    styles = [f"{kind} {head}" for kind in ("oil", "rough", "small", "old") for head in ("painting", "sketch")]
    return ReviewedVocabulary(
        tuple(Entry(name, (f"{name}s",)) for name in names),
        (
            *(Entry(style, kind="style") for style in styles),
            *(Entry(f"place{i}", kind="place") for i in range(PLACES)),
        ),
    )


def captions(count: int, *, rng: np.random.Generator) -> pl.DataFrame:
    """Sentences of about 60 characters: style, description, class, place; one in ten without a place."""
    words = vocabulary()
    parts = (
        [f"A {entry.name} of a " for entry in words.environments if entry.kind == "style"] + ["A photo of a ", "The "],
        ["", "red ", "shiny little ", "broken "],
        [form for entry in words.classes for form in entry.said],
        ["", *(f" standing on the sunny {e.name}" for e in words.environments if e.kind == "place" for _ in range(9))],
        [".", ", high quality", "!", ""],
    )
    drawn = [pl.Series(part).gather(rng.integers(len(part), size=count)) for part in parts]
    return pl.DataFrame({str(i): part for i, part in enumerate(drawn)}).select(pl.concat_str(pl.all()).alias("caption"))


def write(folder: Path, count: int) -> None:
    """Parquet shards of a million captions."""
    folder.mkdir()
    for number in range(0, count, SHARD):
        rng = np.random.default_rng(number)
        captions(min(SHARD, count - number), rng=rng).write_parquet(folder / f"{number:09d}.parquet")


def fastest(work: Callable[[], object], count: int, repeats: int = REPEATS) -> dict[str, float]:
    """Captions a second of the wall clock and of CPU time, each at best."""
    wall, cpu = float("inf"), float("inf")
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        work()
        wall, cpu = min(wall, time.perf_counter() - start), min(cpu, time.process_time() - used)
    return {"per_second": count / wall, "per_cpu_second": count / cpu}


def in_memory() -> dict[str, dict[str, float]]:
    """Matching alone, and plain loops over the same captions."""
    frame, words = captions(TIMED, rng=np.random.default_rng(0)), vocabulary()
    matcher = Matcher(words)
    rows = {"matching in memory": fastest(lambda: matcher.match(frame), TIMED)}
    few, parser = frame["caption"].head(2000).to_list(), words.words
    loop = fastest(lambda: [parser.encode(caption, unknown="drop") for caption in few], len(few), 2)
    rows["loop: token-level parser"] = loop
    normal = frame.select(normalised(pl.col("caption")).alias("normal"))["normal"].to_list()
    forms = [pattern(form) for form in words.numbers]
    if importlib.util.find_spec("ahocorasick_rs"):
        import ahocorasick_rs

        found = ahocorasick_rs.AhoCorasick(forms, matchkind=ahocorasick_rs.MatchKind.LeftmostLongest)
        work = lambda: [found.find_matches_as_indexes(text) for text in normal]  # noqa: E731
        rows["loop: ahocorasick-rs, normal form given"] = fastest(work, TIMED, 2)
    if importlib.util.find_spec("ahocorasick"):
        import ahocorasick

        automaton = ahocorasick.Automaton()
        for number, form in enumerate(forms):
            automaton.add_word(form, number)
        automaton.make_automaton()
        rows["loop: pyahocorasick, normal form given"] = fastest(
            lambda: [list(automaton.iter_long(text)) for text in normal], TIMED, 2
        )
    return rows


def from_shards(folder: Path) -> dict[str, dict[str, float]]:
    """The command's work from a shard of each kind, tables written."""
    frame = captions(TIMED, rng=np.random.default_rng(0))
    frame.write_parquet(folder / "c.parquet")
    (folder / "c.txt").write_text("\n".join(frame["caption"]) + "\n")
    (folder / "c.jsonl").write_text(
        "".join(json.dumps({"caption": text, "url": "x"}) + "\n" for text in frame["caption"])
    )
    rows = {}
    for kind, prune in (("parquet", False), ("txt", False), ("jsonl", False), ("parquet", True)):
        numbers = iter(range(REPEATS))

        def work(kind: str = kind, prune: bool = prune, numbers: Any = numbers) -> None:
            out = folder / f"{kind}-{prune}-{next(numbers)}"
            table.run(
                shards([folder / f"c.{kind}"]),
                vocabulary(),
                out,
                prune=prune,
                fault=lambda *_: None,
                progress=lambda *_: None,
            )

        rows[f"{kind} to tables" + (", pruned too" if prune else "")] = fastest(work, TIMED, 1 if prune else REPEATS)
    return rows


def peak(folder: Path, count: int) -> dict[str, float]:
    """Peak memory (MB) and captions a second of `match` over `count` captions in a process of its own."""
    source, out, words = folder / f"n{count}", folder / f"out{count}", folder / "vocabulary.yaml"
    write(source, count)
    start = time.perf_counter()
    command = [sys.executable, __file__, "--match", str(source), str(words), str(out)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    memory, tally = json.loads(done.stdout)
    return {"memory": memory, "per_second": count / (time.perf_counter() - start), "captions": tally}


def matched(source: Path, words: Path, out: Path) -> None:
    """The process that `peak` measures."""
    tally = table.run(shards([source]), load_vocabulary(words), out, prune=False, fault=print, progress=lambda *_: None)
    print(json.dumps([_peak_megabytes(), tally.captions]))


def _peak_megabytes() -> float:
    """Of this program alone: `ru_maxrss` begins at what the process that started it had, which drew the captions."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    (line,) = (line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 2**10


def causal(folder: Path, seed: int) -> dict[str, float]:
    """Precision and recall of roles mined from captions of the causal model."""
    model = TokenSCM.draw(TokenConfig(keep_probability=0.8), rng=np.random.default_rng(seed))
    batch = model.sample(20_000, rng=np.random.default_rng([seed, 1]))
    assert batch.tokens is not None
    assert batch.roles is not None
    letters = {TokenRole.CLASS.number: "c", TokenRole.ENVIRONMENT.number: "e"}
    texts = [" ".join(model.vocabulary.words[t] for t in row if t >= 0) for row in batch.tokens.tolist()]
    known = ["".join(letters.get(role, "-") for role in row if role >= 0) for row in batch.roles.tolist()]
    return agreed(folder / f"causal{seed}.txt", texts, known, ["circle", "red", "place"], 20)


def emoji(folder: Path, every: int) -> dict[str, float]:
    """The same from emoji captions with every so many names given; 0 for none."""
    found = load("emoji")
    known = []
    for style, label in zip(found.styles, found.captions, strict=True):
        phrase, full, name = entries([found.style_phrases[style], with_article(label), label])
        articles = len(full.split()) - len(name.split())
        known.append("-" + "e" * (len(phrase.split()) - 1) + "-" + "-" * articles + "c" * len(name.split()))
    names = list(dict.fromkeys(entries(found.captions)))
    return agreed(folder / f"emoji{every}.txt", found.captions_for("both"), known, names[::every] if every else [], 4)


def agreed(path: Path, texts: list[str], known: list[str], names: list[str], least: int) -> dict[str, float]:
    path.write_text("\n".join(texts) + "\n")
    settings = mining.Settings(least, decide=True)
    words = mining.mine(shards([path]), names, None, settings, fault=print, progress=lambda *_: None)
    return {
        f"{role} {what}": getattr(value, what)
        for role, value in agreement(Matcher(words), texts, known).items()
        for what in ("precision", "recall")
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--captions", type=int, default=1_000_000, help="most captions of the memory rows")
    parser.add_argument("--seeds", type=int, default=5, help="draws of the causal model")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout instead of the table")
    parser.add_argument("--match", nargs=3, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.match:
        matched(*arguments.match)
        return
    with tempfile.TemporaryDirectory(prefix="token-scm-") as name:
        folder = Path(name)
        save(vocabulary(), folder / "vocabulary.yaml")
        speed = in_memory() | from_shards(folder)
        sizes = [10**power for power in range(5, 9) if 10**power <= arguments.captions]
        memory = {size: peak(folder, size) for size in sizes}
        roles = {f"causal model, seed {seed}": causal(folder, seed) for seed in range(arguments.seeds)}
        least = {"causal": min(min(row.values()) for row in roles.values())}
        try:
            rows = {
                f"emoji, {title} given": emoji(folder, every) for every, title in ((2, "half the names"), (0, "none"))
            }
            roles |= rows
            least["emoji"] = min(min(row.values()) for row in rows.values())
        except MissingData as error:
            print(error, file=sys.stderr)
    growth = memory[sizes[-1]]["memory"] / memory[sizes[0]]["memory"]
    met = {
        "matching": speed["matching in memory"]["per_second"] >= BAR_SPEED,
        "parquet": speed["parquet to tables"]["per_second"] >= BAR_SPEED,
        "memory": growth <= BAR_GROWTH,
        "causal": least["causal"] >= BAR_CAUSAL,
        "emoji": least.get("emoji", 0.0) >= BAR_EMOJI,
    }
    if arguments.json:
        print(json.dumps({"speed": speed, "memory": memory, "roles": roles, "met": met}, indent=1))
        raise SystemExit(0 if all(met.values()) else 1)
    print(f"{CLASSES} classes with plurals, {PLACES} places, 8 styles; bar {BAR_SPEED:,.0f} captions/s on 2 cores")
    for title, row in speed.items():
        print(f"  {title:42} {row['per_second']:11,.0f}/s {row['per_cpu_second']:11,.0f}/cpu-s")
    print(f"peak memory of the command, from parquet; bar: at most {BAR_GROWTH} times the first row")
    for size, row in memory.items():
        print(f"  {size:12,} captions {row['memory']:8.0f} MB {row['per_second']:11,.0f}/s, start-up included")
    print(f"roles mined; bars {BAR_CAUSAL} and {BAR_EMOJI}")
    for title, row in roles.items():
        print(f"  {title:30} " + ", ".join(f"{name} {value:.4f}" for name, value in row.items()))
    print("met: " + ", ".join(f"{name} {'yes' if holds else 'NO'}" for name, holds in met.items()))
    raise SystemExit(0 if all(met.values()) else 1)


if __name__ == "__main__":
    main()
