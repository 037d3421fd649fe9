"""The commands that fetch data say in a second that it is there: nothing heavy is imported before it is needed."""

import subprocess
import sys

COMMANDS = ("data", "negatives", "sentence_encoder", "pretrained")
HEAVY = {"torch", "open_clip", "timm", "transformers", "sklearn", "textblob", "polars", "pandas"}


def test_fetching_imports_nothing_heavy() -> None:
    lines = ["import sys", *(f"import realscale.{name}.__main__" for name in COMMANDS)]
    code = "\n".join([*lines, f"print(sorted({HEAVY!r} & set(sys.modules)))"])
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
