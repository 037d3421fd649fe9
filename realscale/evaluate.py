"""Evaluation of an open_clip model: `python -m realscale.evaluate zero-shot --architecture ViT-B-32 --out runs/eval`.

Prints the path of the record (one JSON document per model and set); progress goes to stderr.
"""

import sys
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from realscale.composition.__main__ import Name
from realscale.data.cache import digest
from realscale.data.dataset import ImageTextSet
from realscale.evaluation.calibration import calibration_by_context
from realscale.evaluation.captioned import captioned_retrieval
from realscale.evaluation.composition import benchmark_scores, emoji_composition
from realscale.evaluation.leakage import context_leakage
from realscale.evaluation.probe import linear_probe
from realscale.evaluation.prompts import (
    CLASS_TEMPLATE,
    checked_template,
    prompt_codes,
    read_context_templates,
    read_templates,
)
from realscale.evaluation.record import WARNING, Record, about_whole, named
from realscale.evaluation.retrieval import caption_retrieval
from realscale.evaluation.session import Session, Target
from realscale.evaluation.sets import Layout, open_set, open_splits
from realscale.evaluation.tables import as_markdown, read_records, show, tables
from realscale.evaluation.zero_shot import zero_shot
from realscale.exit_codes import exit_code
from realscale.prompt_tuning.protocol import base_to_new, context_left_out, cross_dataset
from realscale.prompt_tuning.settings import AUTHORS, HAND_TEMPLATE, Method

Of = tyro.conf.OmitArgPrefixes[Target]
application = tyro.extras.SubcommandApp()


@application.command(name="zero-shot")
def run_zero_shot(
    target: Of,
    template: str = CLASS_TEMPLATE,
    templates: Path | None = None,
    context_templates: Path | None = None,
) -> None:
    """Zero-shot accuracy by context: bare prompts, prompts that name the context, and their ensembles.

    What was found with other templates stays in the record, and `table` shows it beside this.

    Args:
        target: What is evaluated.
        template: Of the bare prompts.
        templates: File of templates to average, one a line.
        context_templates: JSON object from context to template, where the known ones do not do.
    """
    session = Session(target, _Progress())
    _zero_shot(session, template, templates, context_templates)
    _end(session.record)


@application.command(name="probe")
def run_probe(target: Of) -> None:
    """Linear probes of the class: within each context, and with one context left out of training.

    Args:
        target: What is evaluated.
    """
    session = Session(target, _Progress())
    _probe(session)
    _end(session.record)


@application.command(name="retrieval")
def run_retrieval(target: Of, captions: Path | None = None, images: Path | None = None) -> None:
    """Recall of captions by images and of images by captions, at 1, 5 and 10.

    Args:
        target: What is evaluated; with captions their images take the place of the set's.
        captions: JSON array of {image, caption: [texts]}, as the Karpathy splits of COCO and Flickr30k.
        images: Folder of these images; if left out that of the captions.
    """
    session = Session(target, _Progress())
    if captions is None:
        _retrieval(session)
        _end(session.record)
        return
    found, count = captioned_retrieval(session.model, captions, images or captions.parent, session.codes_of)
    fingerprint = digest(captions.read_bytes())
    record = Record(target.out, session.model, about_whole(captions.stem, fingerprint, count))
    record.write("retrieval", found)
    _end(record)


@application.command(name="leakage")
def run_leakage(target: Of, template: str = CLASS_TEMPLATE) -> None:
    """What image codes say of the context beyond the class, and calibration in each context.

    Args:
        target: What is evaluated.
        template: Of the prompts whose probabilities are calibrated.
    """
    session = Session(target, _Progress())
    _leakage(session, template)
    _end(session.record)


@application.command(name="composition")
def run_composition(target: Of, benchmark: Name | None = None, root: Path | None = None) -> None:
    """Composition: pairs of captions one operator apart of the set emoji, or a benchmark from its official files.

    Args:
        target: What is evaluated; with a benchmark its own images take the place of the set's.
        benchmark: Which benchmark, scored as `python -m realscale.composition score` does.
        root: Folder of its official files, with its images.
    """
    session = Session(target, _Progress())
    if (benchmark is None) != (root is None):
        raise ValueError(f"benchmark is {benchmark} and root {root}; expected both, or neither for pairs of emoji")
    if benchmark is None or root is None:
        _emoji_composition(session)
        _end(session.record)
    else:
        found = benchmark_scores(
            session.model, benchmark, root, None, batch=target.batch, progress=session.progress, seed=target.seed
        )
        about = about_whole(benchmark, found["identity"], found["micro"]["items"])
        record = Record(target.out, session.model, about)
        record.write(f"composition {benchmark}", found)
        _end(record)


@application.command(name="prompt-tuning")
def run_prompt_tuning(
    target: Of,
    methods: tuple[Method, ...] = tuple(AUTHORS),
    seeds: int = 3,
    shots: int | None = None,
    epochs: int | None = None,
    rate: float | None = None,
    length: int | None = None,
    template: str = HAND_TEMPLATE,
    targets: tuple[Path, ...] = (),
    target_layout: Layout = "coop",
    left_out: tyro.conf.FlagCreatePairsOff[bool] = False,
) -> None:
    """Learn prompts in front of frozen towers: base to new classes, and other sets; by the authors' settings.

    As in the methods' papers, contexts are not told apart: shots and test images are of all of them together. With
    --left-out prompts are also learned with each context (domain) left out in turn, and judged on it.

    Args:
        target: What is evaluated; a mid-trained checkpoint as well as any other.
        methods: Which of the five.
        seeds: Number of draws of shots; their seeds are 0, 1, ...
        shots: Images a class, where not as the authors have it.
        epochs: Passes over them, where not as the authors have it.
        rate: Largest learning rate, where not as the authors have it.
        length: Learned context tokens, where not as the authors have it.
        template: Hand-written prompt of the set.
        targets: Folders of other sets, to which the prompts of all classes of this one are put.
        target_layout: Theirs.
        left_out: Learn with each context of the set left out, too; all classes, shots of the other contexts together.
    """
    session = Session(target, _Progress())
    checked_template(template, "--template")
    if seeds < 1:
        raise ValueError(f"seeds is {seeds}; expected at least 1, because a mean of nothing says nothing")
    tunings = [
        replace(
            AUTHORS[method],
            template=template,
            shots=AUTHORS[method].shots if shots is None else shots,
            epochs=AUTHORS[method].epochs if epochs is None else epochs,
            rate=AUTHORS[method].rate if rate is None else rate,
            length=AUTHORS[method].length if length is None else length,
        )
        for method in methods
    ]
    splits = open_splits(target.data, target.layout, session.images, seed=target.seed, skip=target.skip)
    others = [open_set(str(path), target_layout, size=session.model.size) for path in targets]
    for tuning in tunings:
        told: dict[str, Any] = {
            "settings": asdict(tuning),
            "seeds": list(range(seeds)),
            "targets": [other.name for other in others],
        }
        if left_out:
            told["left_out"] = True
        name = named(f"prompt_tuning {tuning.method}", told)
        if session.record.holds(name):
            continue
        found: dict[str, Any] = {
            **told,
            "base_to_new": base_to_new(
                session.model, splits, tuning, session.codes_of, seeds=range(seeds), progress=session.progress
            ),
        }
        if others:
            found["cross_dataset"] = cross_dataset(
                session.model, splits, others, tuning, session.codes_of, seeds=range(seeds), progress=session.progress
            )
        if left_out:
            found["context_left_out"] = context_left_out(
                session.model, session.images, tuning, session.codes_of, seeds=range(seeds), progress=session.progress
            )
        session.record.write(name, found)
    _end(session.record)


@application.command(name="table")
def run_table(folders: tyro.conf.Positional[tuple[Path, ...]], markdown: Path | None = None) -> None:
    """Tables of the records in these folders, beside what the paper reports.

    Args:
        folders: What other commands had as --out.
        markdown: File for the same tables in Markdown.
    """
    found = tables(read_records(folders))
    if markdown is not None:
        markdown.write_text(as_markdown(found), encoding="utf-8")
    show(found)


@application.command(name="all")
def run_all(
    target: Of,
    templates: Path | None = None,
    context_templates: Path | None = None,
) -> None:
    """Every evaluation that trains no prompts: zero-shot, probe, retrieval, leakage and calibration, pairs of emoji.

    Leakage is of sets with several contexts, pairs of captions of the whole set emoji.

    Args:
        target: What is evaluated.
        templates: File of templates to average, one a line.
        context_templates: JSON object from context to template, where the known ones do not do.
    """
    session = Session(target, _Progress())
    _zero_shot(session, CLASS_TEMPLATE, templates, context_templates)
    _probe(session)
    _retrieval(session)
    if len(np.unique(session.images.contexts)) > 1:
        _leakage(session, CLASS_TEMPLATE)
    if isinstance(session.images, ImageTextSet) and session.images.name == "emoji":
        _emoji_composition(session)
    _end(session.record)


def _zero_shot(session: Session, template: str, templates: Path | None, contexts: Path | None) -> None:
    found = zero_shot(
        session.model,
        session.images,
        session.codes,
        template=checked_template(template, "--template"),
        own_contexts=read_context_templates(contexts) if contexts else {},
        templates=read_templates(templates) if templates else (),
        seed=session.target.seed,
    )
    for kind, table in found.items():
        session.record.write(named(f"zero_shot {kind}", table["prompts"]), {**table, "kind": kind})


def _probe(session: Session) -> None:
    seed, device = session.target.seed, session.model.model.device
    session.record.write("probe", linear_probe(session.images, session.codes, seed=seed, device=device))


def _retrieval(session: Session) -> None:
    session.record.write("retrieval", caption_retrieval(session.model, session.images, session.codes))


def _leakage(session: Session, template: str) -> None:
    seed, device = session.target.seed, session.model.model.device
    session.record.write("leakage", context_leakage(session.images, session.codes, seed=seed, device=device))
    checked = checked_template(template, "--template")
    prompts = prompt_codes(session.model, session.images.class_names, (checked,))[0]
    found = calibration_by_context(
        session.images, session.codes @ prompts.T, temperature=session.model.temperature, seed=seed
    )
    session.record.write(named("calibration", template), {**found, "template": template})


def _emoji_composition(session: Session) -> None:
    images: Any = session.images
    if not isinstance(images, ImageTextSet):
        raise ValueError(
            f"pairs of captions are known of the whole set emoji and not of {len(images)} images of {images.name}; "
            "expected --data emoji without --limit, or --benchmark and --root"
        )
    session.record.write("composition emoji pairs", emoji_composition(session.model, images, session.codes))


def _end(record: Record) -> None:
    if "warning" in record.document:
        print(f"weights: random ({WARNING})", file=sys.stderr)
    print(record.path)


class _Progress:
    """What is done, on stderr: a line that counts on a terminal, a line every tenth of the way elsewhere."""

    def __init__(self) -> None:
        self.tenth: tuple[str, int] = ("", 0)

    def __call__(self, what: str, done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\r{what} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)
        elif (tenth := (what, 10 * done // total)) != self.tenth:
            self.tenth = tenth
            print(f"{what} {done}/{total}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """0 when evaluated, 1 when something is missing or a loss diverged, 2 for bad input, 130 when interrupted."""
    run = partial(
        application.cli,
        args=arguments,
        prog="python -m realscale.evaluate",
        description="Evaluate an open_clip model: one record per model and set, tables from the records.",
    )
    return exit_code(run, interrupted="interrupted; the same command goes on with the codes that are kept")


if __name__ == "__main__":
    sys.exit(main())
