"""The benchmarks by name: where their files lie, how they are read and judged, and what their authors print."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from realscale.composition.items import BenchmarkError
from realscale.reasoning.benchmarks import figures, geometry3k, hallusionbench, mathverse, mathvision, mathvista, mmk12
from realscale.reasoning.benchmarks.judging import Judged, judge, judge_hallusionbench, judge_mathvista
from realscale.reasoning.benchmarks.problems import Problem, ProblemSet

RULES_ALONE = "rule-based, not the official LLM judge"


@dataclass(frozen=True)
class Benchmark:
    """How one benchmark is read, judged and summed up.

    Attributes:
        expected: the files under ROOT.
        splits: those with answers; the first is the default.
        rule: the official figure, in words.
        differs: where the official scorer asks a language model, or is left otherwise.
    """

    name: str
    expected: str
    splits: tuple[str, ...]
    read: Callable[[Path, Path | None, str], ProblemSet]
    judge: Callable[[Problem, str], Judged]
    figures: Callable[[figures.Outcomes], Mapping[str, figures.Figure]]
    rule: str
    differs: str


BENCHMARKS: Mapping[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            "geometry3k",
            "SPLIT/ID/{data.json, img_diagram.png} in ROOT, ROOT/geometry3k or ROOT/data/geometry3k (Inter-GPS), or "
            "SPLIT-*.parquet in ROOT or ROOT/data",
            ("test", "validation", "train"),
            geometry3k.read,
            judge,
            figures.geometry3k,
            "the right letter, its option's text, or the same value at 2 decimals; beside it the option nearest to the "
            "number given, unsolved 1/4 (Inter-GPS)",
            "Inter-GPS scores the numbers of its solver; completions are read by rules here",
        ),
        Benchmark(
            "mmk12",
            "SPLIT-*.parquet in ROOT or ROOT/data: id, question, answer, subject, image",
            ("test", "train"),
            mmk12.read,
            judge,
            figures.accuracy,
            "the right letter (test), or the same text or value (train)",
            RULES_ALONE,
        ),
        Benchmark(
            "mathverse",
            "testmini.json, and testmini_text_only.json if it is there, in ROOT or ROOT/data; images_version_*/ in "
            "ROOT, ROOT/images or beside the file",
            ("testmini",),
            mathverse.read,
            judge,
            figures.mathverse,
            "mean over the five versions with a picture",
            RULES_ALONE,
        ),
        Benchmark(
            "mathvision",
            "SPLIT.jsonl and images/ in ROOT or ROOT/data",
            ("test", "testmini"),
            mathvision.read,
            judge,
            figures.accuracy,
            "the right letter, its option's text, or the same LaTeX value at 2 decimals",
            "comparison as the official scorer's; its extraction is followed in substance, not in every pattern",
        ),
        Benchmark(
            "mathvista",
            "testmini.json and images/ in ROOT or ROOT/data (the test split has no answers)",
            ("testmini",),
            mathvista.read,
            judge_mathvista,
            figures.accuracy,
            "string equality after normalisation: option text (of a short answer the nearest by edit "
            "distance), integer cut, float rounded",
            "normalisation as the official scorer's; a phrase of several options or a negated one counts as "
            "unanswered; extraction " + RULES_ALONE,
        ),
        Benchmark(
            "hallusionbench",
            "HallusionBench.json in ROOT or ROOT/data; VD/ and VS/ in ROOT, beside the file, or in hallusion_bench/",
            ("all",),
            hallusionbench.read,
            judge_hallusionbench,
            figures.hallusionbench,
            "aAcc, fAcc, qAcc; a question of VS without its figure is also right if unclear",
            RULES_ALONE + ": yes, no, or unclear",
        ),
    )
}


def read(name: str, root: Path, *, images: Path | None = None, split: str | None = None) -> ProblemSet:
    """The problems of a benchmark from its folder; `split` None: its default, `images`: another folder for pictures.

    Raises:
        BenchmarkError: an unknown split, or files that are not as the official layout has them.
    """
    splits = BENCHMARKS[name].splits
    if split is not None and split not in splits:
        raise BenchmarkError(f"{name} has no split {split!r} with answers; expected one of {', '.join(splits)}")
    return BENCHMARKS[name].read(root, images, split or splits[0])
