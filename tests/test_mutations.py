"""The list of mutations cannot rot: each still applies, to code that the tests it names still test."""

import ast
import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load_mutations() -> ModuleType:
    specification = importlib.util.spec_from_file_location("mutations", ROOT / "tests" / "mutations.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


LIST = load_mutations()


@pytest.mark.parametrize("mutation", LIST.MUTATIONS, ids=lambda mutation: mutation.what.replace(" ", "_"))
def test_a_mutation_still_applies_and_its_tests_exist(mutation: Any) -> None:
    text = (ROOT / mutation.file).read_text(encoding="utf-8")
    assert text.count(mutation.old) == 1
    assert mutation.new != mutation.old
    ast.parse(text.replace(mutation.old, mutation.new))  # fails by what it does, not by how it reads
    assert mutation.tests
    for test in mutation.tests:
        file, function = test.split("::")
        body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
        assert function in {node.name for node in body if isinstance(node, ast.FunctionDef)}


def test_what_each_mutation_changes_is_copied() -> None:
    assert {mutation.file.split("/")[0] for mutation in LIST.MUTATIONS} <= set(LIST.COPIED)
    assert len({mutation.what for mutation in LIST.MUTATIONS}) == len(LIST.MUTATIONS)
