"""`python -m realscale.reasoning.benchmarks`: read reasoning benchmarks, ask their questions, score completions."""

import json
import os
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro

from realscale.data.errors import DataError
from realscale.reasoning.benchmarks.asked import write_prompts
from realscale.reasoning.benchmarks.figures import Figure
from realscale.reasoning.benchmarks.geometry3k import free_response as without_options
from realscale.reasoning.benchmarks.problems import ProblemSet
from realscale.reasoning.benchmarks.scoring import (
    Scored,
    answered_rightly,
    chance,
    constant,
    read_completions,
    write_verdicts,
)
from realscale.reasoning.benchmarks.scoring import score as scored
from realscale.reasoning.benchmarks.sets import BENCHMARKS, read

Name = Literal["geometry3k", "mmk12", "mathverse", "mathvision", "mathvista", "hallusionbench"]
Set = Annotated[tyro.conf.Positional[Name], tyro.conf.arg(metavar="SET")]
Root = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="ROOT")]
Flag = tyro.conf.FlagCreatePairsOff[bool]
Json = Annotated[Flag, tyro.conf.arg(name="json")]
NOT_RUN = "not run"
UNACCEPTED = "answer that its own rule does not accept: nobody can get it right"
application = tyro.extras.SubcommandApp()


@application.command(name="list")
def show(as_json: Json = False) -> None:
    """List the benchmarks: files, splits, official figure, where rules stand for a language model, reported figures.

    Args:
        as_json: One JSON document instead of text.
    """
    reported = json.loads((files("realscale.reasoning.benchmarks") / "reported.json").read_text("utf-8"))
    listing = {
        name: {
            "expected": entry.expected,
            "splits": entry.splits,
            "rule": entry.rule,
            "differs": entry.differs,
            "ours": NOT_RUN,
            "reported": reported.get(name, []),
        }
        for name, entry in BENCHMARKS.items()
    }
    if as_json:
        print(json.dumps(listing, indent=1))
        return
    for name, shown in listing.items():
        print(f"{name}: {shown['rule']}")
        print(f"  files     {shown['expected']}")
        print(f"  splits    {', '.join(shown['splits'])}")
        print(f"  scorer    {shown['differs']}")
        print(f"  ours      {shown['ours']}")
        for row in shown["reported"]:
            print(f"  reported  {row['figure']:.3f} {row['system']}, by {row['source']} ({row['scoring']})")


@application.command
def check(
    name: Set,
    root: Root,
    images: Path | None = None,
    split: str | None = None,
    as_json: Json = False,
) -> int:
    """Read a benchmark, decode every picture, score its own answers; exit code 1 if anything was found.

    Args:
        name: Which benchmark; `list` shows them.
        root: Folder of its official files, or the one whose folder `data` holds them.
        images: Folder from which its images are named, if it is another.
        split: Which split; `list` shows them, the first is the default.
        as_json: One JSON document instead of text.
    """
    found = read(name, root, images=images, split=split)
    for _ in found.with_pictures():
        pass  # it adds what cannot be decoded to the findings
    answers = answered_rightly(found)
    for problem in found.problems:
        if not BENCHMARKS[name].judge(problem, answers[problem.name]).right:
            found.findings.add(UNACCEPTED, problem.name)
    document = _about(found) | {"whole": not found.findings}
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        print(_headline(document))
        print(found.findings.summary() or "nothing is wrong with it")
    return 1 if found.findings else 0


@application.command
def prompts(
    name: Set,
    root: Root,
    out: Path,
    images: Path | None = None,
    split: str | None = None,
    free_response: Flag = False,
) -> int:
    """Write what a policy is asked, a record {id, prompt, image, options} a line; exit code 1 if any is left out.

    Args:
        name: Which benchmark; `list` shows them.
        root: Folder of its official files, or the one whose folder `data` holds them.
        out: File to write. Pictures that lie in tables are written to the folder OUT.pictures.
        images: Folder from which its images are named, if it is another.
        split: Which split; `list` shows them, the first is the default.
        free_response: Of geometry3k: without options, to be answered by a value.
    """
    found = _asked(read(name, root, images=images, split=split), free_response)
    written = write_prompts(found, out)
    print(f"{out}: {written} of {len(found.problems)} problems")
    if found.findings:
        print(found.findings.summary(), file=sys.stderr)
    return 1 if written < len(found.problems) else 0


@application.command
def score(
    name: Set,
    root: Root,
    predictions: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="PREDICTIONS")],
    images: Path | None = None,
    split: str | None = None,
    free_response: Flag = False,
    verdicts: Path | None = None,
    as_json: Json = False,
) -> int:
    """Score completions, and beside them the most frequent answer and chance; exit code 1 if any problem has none.

    Args:
        name: Which benchmark; `list` shows them.
        root: Folder of its official files, or the one whose folder `data` holds them.
        predictions: File with a record {"id": ..., "completion": ...} a line, ids as `prompts` writes them.
        images: Folder from which its images are named, if it is another.
        split: Which split; `list` shows them, the first is the default.
        free_response: Of geometry3k: asked without options, so that letters count nothing.
        verdicts: File to write a record {"id", "given", "how", "right"} of each problem to, a line each.
        as_json: One JSON document instead of text.
    """
    found = _asked(read(name, root, images=images, split=split), free_response)
    result = scored(found, read_completions(predictions))
    if verdicts is not None:
        if verdicts.resolve() == predictions.resolve():
            raise ValueError(
                f"--verdicts {verdicts}: expected a file of its own, because this one holds the completions"
            )
        write_verdicts(result, verdicts)
    most, completions = constant(found)
    blind = scored(found, completions)
    document = _about(found) | {
        "rule": BENCHMARKS[name].rule,
        "differs": BENCHMARKS[name].differs,
        "score": result.to_record(),
        "constant": {"answers": most, **blind.to_record()},
        "chance": chance(found.problems),
    }
    if as_json:
        print(json.dumps(document, indent=1))
    else:
        _print(document, result, blind)
    return 1 if result.unanswered or result.unknown else 0


def _asked(found: ProblemSet, free_response: bool) -> ProblemSet:
    if not free_response:
        return found
    if found.name != "geometry3k":
        raise ValueError(
            f"--free-response of {found.name}: expected geometry3k, because only there the options stand apart from "
            "the question and the authors' rule leaves it open"
        )
    return without_options(found)


def _about(found: ProblemSet) -> dict[str, Any]:
    return {
        "benchmark": found.name,
        "split": found.split,
        "problems": len(found.problems),
        "identity": found.identity,
        "with_picture": sum(problem.picture is not None for problem in found.problems),
        "findings": found.findings.to_record(),
    }


def _headline(document: Mapping[str, Any]) -> str:
    return (
        f"{document['benchmark']} ({document['split']}): {document['problems']} problems ({document['identity']}), "
        f"{document['with_picture']} with a picture"
    )


def _print(document: Mapping[str, Any], result: Scored, blind: Scored) -> None:
    print(_headline(document))
    for reason, finding in document["findings"].items():
        print(f"found: {finding['count']} x {reason}: {', '.join(finding['first'][:3])}")
    print(f"rule: {document['rule']}\nscorer: {document['differs']}")
    print(f"unanswered {result.unanswered} (wrong), ids of no problem {len(result.unknown)}")
    print(f"completions without one answer {result.unclear} (wrong, counted as unanswered)")
    ways = (f"{how} {count} ({result.points[how]} right)" for how, count in result.how.items())
    print("found by: " + (", ".join(ways) or "nothing"))
    for name, figure in result.figures.items():
        print(f"{name:28} {_figure(figure)}  most frequent answer {_figure(blind.figures[name])}")
    print(f"{'of the answered alone':28} {_figure(result.answered)}")
    for column, values in result.groups.items():
        for value, figure in values.items():
            print(f"  {f'{column}: {value}':42} {_figure(figure)}")
    answers = ", ".join(f"{kind}: {answer}" for kind, answer in document["constant"]["answers"].items())
    print(f"most frequent answer, chosen on this very file and blind to pictures: {answers}")
    if document["chance"] is not None:
        print(f"chance among the options, exactly: {document['chance']:.4f}")


def _figure(figure: Figure) -> str:
    if figure.accuracy is None or figure.interval is None:
        return "not defined"
    return f"{figure.accuracy:.4f} [{figure.interval[0]:.4f}, {figure.interval[1]:.4f}] n {figure.n}"


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all went well, 1 when something was found, 2 for bad input, 130 and 141 if ended."""
    try:
        code = application.cli(
            args=arguments,
            prog="python -m realscale.reasoning.benchmarks",
            description="Reasoning benchmarks in their public layouts: prompts for any policy, scores by rules alone.",
        )
        sys.stdout.flush()
    except (DataError, RuntimeError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python's own flush at exit fails again
        return 141
    return code or 0


if __name__ == "__main__":
    sys.exit(main())
