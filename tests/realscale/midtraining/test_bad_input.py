"""What the command says of input that is not as it must be: one paragraph and an exit code, never a traceback."""

import json
from pathlib import Path

import pytest
import torch

from realscale.midtrain import main
from realscale.midtraining.models import ClipModel
from realscale.midtraining.training import CHECKPOINT, WEIGHTS
from realscale.vocabulary.document import ReviewedVocabulary
from realscale.vocabulary.shards import shards as caption_shards
from realscale.vocabulary.table import run as match
from realscale.vocabulary.writing import save

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


@pytest.fixture
def arguments(architecture: str, shards: Path, vocabulary: ReviewedVocabulary, tmp_path: Path) -> dict[str, str]:
    """Options of a run of four steps on shards; with nothing changed it works."""
    save(vocabulary, tmp_path / "vocabulary.yaml")
    options = {
        "architecture": architecture,
        "data": shards,
        "layout": "shards",
        "device": "cpu",
        "steps": 4,
        "batch": 6,
    }
    options |= {"vocabulary": tmp_path / "vocabulary.yaml", "out": tmp_path / "run", "buffer": 5, "checkpoint-every": 2}
    return {name: str(value) for name, value in options.items()}


def run(options: dict[str, str]) -> int:
    return main([word for name, value in options.items() for word in (f"--{name}", value)])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"out": "{here}/file"}, "cannot write {here}/file: File exists; expected a folder"),
        ({"out": "{here}/file/below"}, "cannot write {here}/file/below: Not a directory"),
        ({"readers": "0"}, "0 readers for 1 processes"),
        ({"readers": "9", "batch": "20"}, "4 shards for 9 parts"),
        ({"batch": "1"}, "expected at least 2, because a pair is contrasted with others"),
        ({"vocabulary": "{here}/absent.yaml"}, "absent.yaml cannot be read"),
        ({"vocabulary": "{here}/empty.yaml"}, "empty.yaml has no class; expected one at least"),
        ({"architecture": "{here}/broken.json"}, "broken.json is no configuration of open_clip"),
        ({"architecture": "{here}/lacking.json"}, "lacking.json is no configuration of open_clip (it lacks text_cfg"),
        ({"architecture": "{here}/list.json"}, "list.json is no configuration of open_clip"),
        ({"architecture": "{here}/words.json"}, "open_clip cannot make the architecture 'words' (TypeError"),
        (
            {"pretrained": "{here}/absent.pt"},
            "it is no file, and the tags of 'token-scm-midtrain' in open_clip are none",
        ),
        ({"pretrained": "{here}/junk.pt"}, "the weights '{here}/junk.pt' cannot be read: by its first bytes"),
        (
            {"pretrained": "{here}/other.pt", "activation": "gelu"},
            "expected a whole file of weights of this architecture",
        ),
        ({"pretrained": "{here}/junk.safetensors"}, "says of its activation cannot be read (SafetensorError"),
        ({"recipe": "balanced", "tables": "{here}/none"}, "no caption of {here}/none names a class"),
    ],
)
def test_it_is_told_in_a_paragraph(
    wrong: dict[str, str], said: str, arguments: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("no folder")
    save(ReviewedVocabulary((), ()), tmp_path / "empty.yaml")
    whole = json.loads(Path(arguments["architecture"]).read_text())
    words = {**whole, "vision_cfg": {**whole["vision_cfg"], "layers": "two"}}
    lacking = {"embed_dim": 16, "vision_cfg": {}}
    for name, content in {
        "broken": "{",
        "lacking": json.dumps(lacking),
        "list": "[1]",
        "words": json.dumps(words),
    }.items():
        (tmp_path / f"{name}.json").write_text(content)
    for name in ("junk.pt", "junk.safetensors"):
        (tmp_path / name).write_bytes(b"nonsense" * 20)
    torch.save({"other": torch.zeros(2)}, tmp_path / "other.pt")
    if "tables" in wrong:
        _match("a tree\n", tmp_path, Path(arguments["vocabulary"]))
    assert run(arguments | {name: value.format(here=tmp_path) for name, value in wrong.items()}) == 2
    told = capsys.readouterr().err
    assert said.format(here=tmp_path) in told
    assert "weights_only" not in told  # what torch advises there would run what a file says


def _match(captions: str, folder: Path, vocabulary: Path) -> None:
    from realscale.vocabulary.writing import load

    ignore = lambda *told: None  # noqa: E731
    (folder / "captions.txt").write_text(captions)
    sources = caption_shards([folder / "captions.txt"])
    match(sources, load(vocabulary), folder / "none", prune=False, fault=ignore, progress=ignore)


def test_a_configuration_that_is_none_does_no_harm_to_the_next(arguments: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    assert run(arguments | {"architecture": str(tmp_path / "broken.json")}) == 2
    assert ClipModel(arguments["architecture"]).name == "token-scm-midtrain"


def test_a_full_disk_ends_a_run_that_goes_on_later(
    arguments: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(ClipModel, "export", full)
        assert run(arguments) == 1
    assert "No space left on device; the same command goes on from the last checkpoint" in capsys.readouterr().err
    assert (tmp_path / "run" / CHECKPOINT).exists()
    assert run(arguments) == 0
    assert "step 4/4" in capsys.readouterr().err


def test_a_damaged_file_of_finished_weights_is_named(
    arguments: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "run").mkdir()
    for name, said in (
        (WEIGHTS, "remove the file, and the same command makes them"),
        (CHECKPOINT, "is not a checkpoint"),
    ):
        (tmp_path / "run" / name).write_bytes(b"cut")
        assert run(arguments) == 2
        assert said in capsys.readouterr().err
        (tmp_path / "run" / name).unlink()
