"""Stored files: verified at every read, replaced atomically, and never half-written."""

from pathlib import Path

import pytest

from realscale.data.cache import ENVIRONMENT_VARIABLE, Stored, root, write_atomically
from realscale.data.errors import DataError, MissingData

RECIPE = {"format": 1, "size": 32}


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored(tmp_path / "set", "images", ".npz", "the repair command")


def test_what_is_written_is_read(stored: Stored) -> None:
    stored.write(b"content", RECIPE, {"images": 3})
    assert stored.read(RECIPE) == b"content"
    assert stored.state(RECIPE) == "current"
    assert (stored.record() or {})["images"] == 3


def test_nothing_stored_is_missing_data_with_the_command(stored: Stored) -> None:
    assert stored.state(RECIPE) == "absent"
    with pytest.raises(MissingData, match=r"not in the data cache.*the repair command"):
        stored.read(RECIPE)


def test_another_recipe_is_missing_data(stored: Stored) -> None:
    stored.write(b"content", RECIPE, {})
    assert stored.state({**RECIPE, "size": 64}) == "absent"
    with pytest.raises(MissingData, match=r"made from other sources.*the repair command"):
        stored.read({**RECIPE, "size": 64})


@pytest.mark.parametrize("damage", [b"", b"conteNt", b"content and more"])
def test_a_corrupt_file_is_named_with_the_command_that_repairs_it(stored: Stored, damage: bytes) -> None:
    stored.write(b"content", RECIPE, {})
    stored.path().write_bytes(damage)
    assert stored.state(RECIPE) == "corrupt"
    with pytest.raises(DataError, match=rf"{stored.path().name} is corrupt.*the repair command"):
        stored.read(RECIPE)
    stored.write(b"content", RECIPE, {})
    assert stored.read(RECIPE) == b"content"


def test_a_file_that_is_gone_is_an_error(stored: Stored) -> None:
    stored.write(b"content", RECIPE, {})
    stored.path().unlink()
    with pytest.raises(DataError, match=r"is gone.*the repair command"):
        stored.read(RECIPE)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"file": "a"}', "3"])
def test_a_corrupt_record_is_an_error_and_can_be_written_again(stored: Stored, text: str) -> None:
    stored.write(b"content", RECIPE, {})
    stored.record_path.write_text(text)
    with pytest.raises(DataError, match=r"record .*images\.json is corrupt.*the repair command"):
        stored.read(RECIPE)
    stored.write(b"content", RECIPE, {})
    assert stored.read(RECIPE) == b"content"


def test_new_content_replaces_the_old_file(stored: Stored) -> None:
    stored.write(b"old", RECIPE, {})
    old = stored.path()
    stored.write(b"new", RECIPE, {})
    assert stored.read(RECIPE) == b"new"
    assert not old.exists()
    assert len(list(stored.folder.iterdir())) == 2  # the content and its record, no drafts


def test_a_writer_stopped_before_the_record_leaves_the_old_state(
    stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.write(b"old", RECIPE, {})

    def killed(path: Path, content: bytes) -> None:
        if path.suffix == ".json":
            raise KeyboardInterrupt
        write_atomically(path, content)

    monkeypatch.setattr("realscale.data.cache.write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        stored.write(b"new", RECIPE, {})
    assert stored.read(RECIPE) == b"old"


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "file"
    write_atomically(target, b"old")

    def no_room(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_room)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"cannot write .*No space left.*TOKEN_SCM_DATA"):
        write_atomically(target, b"new")
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_unwritable_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file, not a folder")
    with pytest.raises(DataError, match=r"cannot write .*has room: name such a folder, and run"):
        write_atomically(tmp_path / "file" / "inside", b"x")


def test_the_environment_variable_moves_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))
    assert root() == tmp_path
    monkeypatch.setenv("TOKEN_SCM_DATA", "")
    assert root().name == "token-scm"
