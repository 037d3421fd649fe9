"""The file that a policy is asked from: a prompt and its picture a line, joined with completions by id."""

import io
import json
from pathlib import Path

from realscale.data.cache import write_atomically
from realscale.reasoning.benchmarks.problems import ProblemSet


def write_prompts(found: ProblemSet, out: Path) -> int:
    """Write {id, prompt, image, options} of each problem whose picture can be decoded, and count these.

    image: the path of its file, null without one. Pictures that lie in tables are written as PNG to the folder OUT with
    .pictures at its end, numbered, because an id may be any text.

    Raises:
        DataError: the file or a picture cannot be written.
    """
    lines: list[str] = []
    for problem, image in found.with_pictures():
        path = None if problem.picture is None else problem.picture.path
        if image is not None and path is None:
            path = (out.with_name(f"{out.name}.pictures") / f"{len(lines)}.png").resolve()
            encoded = io.BytesIO()
            image.save(encoded, "png")
            write_atomically(path, encoded.getvalue())
        record = {
            "id": problem.name,
            "prompt": problem.prompt,
            "image": None if path is None else str(path),
            "options": list(problem.options),
        }
        lines.append(json.dumps(record))
    write_atomically(out, "".join(f"{line}\n" for line in lines).encode())
    return len(lines)
