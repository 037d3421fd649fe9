"""The log of a run: what trl logs, a JSON object a line, a word of progress, and some of the completions."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback


class Recording(TrainerCallback):
    """Writes every line that is logged; a run that goes on starts from the lines of its checkpoint."""

    def __init__(self, path: Path, progress: Callable[[Mapping[str, Any]], None] | None) -> None:
        self.path, self.progress = path, progress

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Drop what the log says of steps after the checkpoint."""
        self._start, self._since = state.global_step, time.perf_counter()
        if state.is_world_process_zero:
            self.path.write_text("".join(json.dumps(line) + "\n" for line in state.log_history), encoding="utf-8")

    def on_log(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Write a line."""
        if not state.is_world_process_zero:
            return
        line = state.log_history[-1]
        if self._start and "train_runtime" in line:  # trl divides what this part did by all steps, or leaves parts out
            for name in [name for name in line if name.startswith("train_")]:
                del line[name]
            line["resumed_from"] = self._start
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self.progress is not None and "loss" in line:
            seconds = (time.perf_counter() - self._since) / max(1, state.global_step - self._start)
            left = (state.max_steps - state.global_step) * seconds
            self.progress({**line, "steps": state.max_steps, "seconds_left": left})


class Completions(TrainerCallback):
    """Writes a few completions of some steps, so that one sees what earns a reward."""

    def __init__(self, path: Path, every: int) -> None:
        self.path, self.every = path, every

    def on_train_begin(self, args: Any, state: Any, control: Any, **others: Any) -> None:
        """Drop those of steps that a run which goes on takes again."""
        if state.is_world_process_zero and self.path.exists():
            lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if line.endswith("\n") and json.loads(line)["step"] <= state.global_step]
            self.path.write_text("".join(kept), encoding="utf-8")

    def wanted(self, step: int) -> bool:
        """Whether those of this step, the first is 1, are kept."""
        return (step - 1) % self.every == 0

    def write(self, step: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add them."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps({"step": step, **row}) + "\n" for row in rows))
