"""The log of a run: what trl logs, a JSON object a line, and a word of progress."""

import json
import time
from collections.abc import Callable, Mapping
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
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self.progress is not None and "loss" in line:
            seconds = (time.perf_counter() - self._since) / max(1, state.global_step - self._start)
            left = (state.max_steps - state.global_step) * seconds
            self.progress({**line, "steps": state.max_steps, "seconds_left": left})
