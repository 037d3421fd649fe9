"""Command line of the scene task: `make` writes examples with all latents, `sheet` a picture of some, `law` its law."""

import io
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

import tyro

from realscale.data.cache import write_atomically
from realscale.data.errors import DataError
from realscale.reasoning.tasks.scene_law import SceneSettings, all_answers, chance, scene_laws, shortcut_accuracies
from realscale.reasoning.tasks.scenes import scene_examples
from realscale.reasoning.tasks.sheet import scene_sheet
from scm.grammar import BACKGROUNDS
from scm.streams import stream

Split = Literal["train", "id", "uniform", "reversed"]
Out = Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="OUT")]
application = tyro.extras.SubcommandApp()


@application.command
def make(out: Out, scene: SceneSettings, count: int = 1000, split: Split = "train", seed: int = 0) -> None:
    """Write examples: OUT/images/000000.png and so on, and OUT/examples.jsonl, a line each with question, answer,
    reference solution, environment and all latents; OUT/law.json holds the law that they are drawn from.

    Args:
        out: A new folder.
        scene: How hard the task is.
        count: Examples.
        split: train and id have the backgrounds that go with the answers; uniform any, reversed those of others.
        seed: The same seed and split give the same examples.
    """
    if out.exists():
        raise ValueError(f"{out} is there already; expected a new folder, so that no two draws are mixed up")
    rows = []
    for number, example in enumerate(scene_examples(scene, count, rng=stream(seed, "scenes", split), split=split)):
        name = f"images/{number:06d}.png"
        picture = io.BytesIO()
        assert example.image is not None
        example.image.save(picture, format="PNG")
        write_atomically(out / name, picture.getvalue())
        row = {key: getattr(example, key) for key in ("question", "answer", "solution", "environment", "facts")}
        rows.append(json.dumps({"image": name, **row}))
    write_atomically(out / "law.json", (json.dumps(_law(scene), indent=1) + "\n").encode())
    write_atomically(out / "examples.jsonl", "".join(f"{row}\n" for row in rows).encode())
    print(out / "examples.jsonl")


@application.command
def sheet(out: Out, scene: SceneSettings, columns: int = 6, split: Split = "train", seed: int = 0) -> None:
    """Draw a contact sheet as PNG: pictures of each kind of question with question, reference solution and background.

    Args:
        out: The file.
        scene: How hard the task is.
        columns: Examples of each kind.
        split: As in `make`.
        seed: Of the examples.
    """
    picture = io.BytesIO()
    scene_sheet(scene, columns, rng=stream(seed, "sheet", split), split=split).save(picture, format="PNG")
    write_atomically(out, picture.getvalue())
    print(out)


@application.command
def law(scene: SceneSettings) -> None:
    """Print, as JSON, the exact law of kinds, answers and backgrounds in each split, and what shortcuts reach.

    Args:
        scene: How hard the task is.
    """
    print(json.dumps(_law(scene), indent=1))


def _law(scene: SceneSettings) -> dict[str, object]:
    laws = scene_laws(scene).laws
    return {
        "settings": asdict(scene),
        "axes": {
            "kind": scene.kinds,
            "answer": all_answers(scene),
            "background": BACKGROUNDS[: scene.contexts],
        },
        "probability": {name: found.table.tolist() for name, found in laws.items()},
        "chance": chance(scene),
        "background_alone": shortcut_accuracies(scene),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run one command: 0 success, 1 what cannot be written, 2 bad input."""
    try:
        application.cli(
            args=arguments,
            prog="python -m realscale.reasoning.tasks",
            description="Questions about rendered scenes whose latents are all known.",
        )
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
