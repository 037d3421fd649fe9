"""What a run writes down while it lasts: a JSON object a line, and TensorBoard's events beside it."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from realscale.data.errors import DataError, MissingData

LOG, EVENTS = "log.jsonl", "tensorboard"


class RunLog:
    """The log of a run in a folder, from a step on; what it says of later steps is dropped, for they are done again.

    Raises:
        MissingData: TensorBoard is wanted and not installed.
        DataError: the folder cannot be made or written.
    """

    def __init__(self, folder: Path, start: int, *, tensorboard: bool) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _cut(folder / LOG, start)
            self._file = (folder / LOG).open("a", encoding="utf-8")
        except OSError as error:
            raise DataError(
                f"cannot write {error.filename or folder}: {error.strerror or error}; expected a folder of the run "
                "that can be made and written, with room for the log, checkpoints and weights"
            ) from error
        self._events: Any = None
        if tensorboard:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError as error:
                raise MissingData(
                    f"TensorBoard cannot be imported ({error}), and its events are wanted. Install it with: "
                    "pip install tensorboard, or leave out --tensorboard"
                ) from error
            self._events = SummaryWriter(str(folder / EVENTS), purge_step=start + 1)
        self._step, self._since = start, time.perf_counter()

    def write(self, line: Mapping[str, Any], *, batch: int, steps: int) -> dict[str, Any]:
        """Write a line, with the images a second since the last one; the line, with the seconds that are left."""
        now, done = time.perf_counter(), line["step"] - self._step
        seconds = (now - self._since) / done
        self._step, self._since = line["step"], now
        whole = {**line, "images_per_second": batch / seconds}
        self._file.write(json.dumps(whole) + "\n")
        self._file.flush()
        if self._events is not None:
            for name, value in _numbers(whole):
                self._events.add_scalar(name, value, line["step"])
        return {**whole, "steps": steps, "seconds_left": (steps - line["step"]) * seconds}

    def keep(self) -> None:
        """Have what was written on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """End the files."""
        self._file.close()
        if self._events is not None:
            self._events.close()


def _numbers(line: Mapping[str, Any]) -> list[tuple[str, float]]:
    terms = [(f"terms/{name}", value) for name, value in line["terms"].items()]
    return [(name, value) for name, value in line.items() if name not in ("step", "terms")] + terms


def _cut(path: Path, step: int) -> None:
    """Drop what the log says of steps after the checkpoint, and a line cut short."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            done = int(json.loads(line)["step"])
        except (ValueError, KeyError, TypeError):
            continue
        if done <= step:
            kept.append(line)
    draft = path.with_suffix(".writing")
    draft.write_text("".join(f"{line}\n" for line in kept), encoding="utf-8")
    os.replace(draft, path)
