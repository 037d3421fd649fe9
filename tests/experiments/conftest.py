"""The fake experiment, run in this process or in one of its own, and its records without what may differ."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

SCRIPT = Path(__file__).parent / "fake_experiment.py"
TIMES = ("seconds", "cpu_seconds")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on standard output; `NaN` and the like are not JSON."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is not JSON")

        return dict(json.loads(self.out, parse_constant=refuse))


@pytest.fixture(scope="session")
def fake_module() -> ModuleType:
    specification = importlib.util.spec_from_file_location("fake_experiment", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def orders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder whose files the fake checks obey."""
    folder = tmp_path / "orders"
    folder.mkdir()
    monkeypatch.setenv("FAKE_EXPERIMENT", str(folder))
    return folder


@pytest.fixture
def fake(fake_module: ModuleType, orders: Path) -> ModuleType:
    return fake_module


@pytest.fixture
def run(fake: ModuleType, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """`run(*arguments)`: the fake experiment's command in this process."""

    def run(*arguments: object) -> Outcome:
        try:
            code = fake.main(fake.EXPERIMENT, [str(argument) for argument in arguments])
        except SystemExit as stopped:
            code = stopped.code
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def start(orders: Path) -> Iterable[Callable[..., subprocess.Popen[str]]]:
    """`start(*arguments)`: the fake experiment's command in a session of its own, as a terminal would start it."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, str(SCRIPT), *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def timeless() -> Callable[[Iterable[Mapping[str, Any]]], dict[str, dict[str, Any]]]:
    """Records by key without their times: what must not depend on how they were made.

    Without the commit too: somebody may commit between two commands of one test.
    """

    def timeless(records: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
        return {
            record["key"]: {name: value for name, value in record.items() if name not in (*TIMES, "commit")}
            for record in records
        }

    return timeless
