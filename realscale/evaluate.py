"""Evaluation of an open_clip model: `python -m realscale.evaluate zero-shot --architecture ViT-B-32 --out runs/eval`.

Prints the path of the record (one JSON document per model and set); progress goes to stderr.
"""

import sys
from pathlib import Path

import tyro

from identifiability.claims.claim import NotAvailable
from realscale.evaluation.prompts import CLASS_TEMPLATE, checked_template, read_context_templates, read_templates
from realscale.evaluation.record import WARNING
from realscale.evaluation.session import Session, Target
from realscale.evaluation.zero_shot import zero_shot

Flag = tyro.conf.FlagCreatePairsOff[bool]
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

    Args:
        target: What is evaluated.
        template: Of the bare prompts.
        templates: File of templates to average, one a line.
        context_templates: JSON object from context to template, where the known ones do not do.
    """
    session = Session(target, _progress)
    section = zero_shot(
        session.model,
        session.images,
        session.codes,
        template=checked_template(template, "--template"),
        own_contexts=read_context_templates(context_templates) if context_templates else {},
        templates=read_templates(templates) if templates else (),
        seed=target.seed,
    )
    _keep(session, "zero_shot", section)


def _keep(session: Session, name: str, section: dict) -> None:
    session.record.write(name, section)
    if session.model.pretrained is None:
        print(f"weights: random ({WARNING})", file=sys.stderr)
    print(session.record.path)


def _progress(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what} {done}/{total}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """0 when evaluated, 1 when something is missing, 2 for bad input, 130 when interrupted."""
    try:
        application.cli(
            args=arguments,
            prog="python -m realscale.evaluate",
            description="Evaluate an open_clip model: one record per model and set, tables from the records.",
        )
    except NotAvailable as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except (ValueError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the same command goes on with the codes that are kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
