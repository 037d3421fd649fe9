"""The vocabulary file: what is written is read, and what a person mistypes is named by line and key."""

from pathlib import Path

import pytest

from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.writing import load, save

VOCABULARY = ReviewedVocabulary(
    (Entry("hot dog", ("hot dogs",), found=("given",), statistics={"captions": 3}), Entry("café", note="É stays")),
    (Entry("on", kind="place"), Entry("beach", ("beaches",), statistics={"bits about the class": 0.25})),
    (Entry("photo", found=("style template",)),),
    ("yes", "12"),
    version=3,
    reviewed="A. Person, 2026-11-22",
    source={"captions": 10},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    save(VOCABULARY, tmp_path / "v.yaml")
    assert load(tmp_path / "v.yaml") == VOCABULARY
    assert "# To review" in (tmp_path / "v.yaml").read_text()


def test_optional_keys_may_be_absent(tmp_path: Path) -> None:
    path = tmp_path / "v.yaml"
    path.write_text("format: 1\nversion: 2\nclasses:\n- name: dog\nenvironments: []\n")
    assert load(path) == ReviewedVocabulary((Entry("dog"),), (), version=2)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name: hot dog", "name: Hot dog", 2, r"classes\[0\]: 'Hot dog' is not as captions are read, expected 'hot d"),
        ("name: hot dog", "name: beach", 2, r"environments\[1\]: 'beach' also stands in classes\[0\]; V and E must be"),
        ("name: hot dog", "name: café", 2, r"classes\[1\]: 'café' also stands in classes\[0\]; a form must mean one"),
        ("[hot dogs]", "[hot dog]", 2, r"'hot dog' also stands in classes\[0\]; a form must mean one entry"),
        ("name: hot dog", "nam: hot dog", 0, r"classes\[0\].nam: is no known key; expected one of name, forms"),
        ("name: 'on'", "name: on", 0, r"environments\[0\].name: True is bool, expected a text; put it in quotes: 'on'"),
        ("format: 1", "format: 9", 0, r"format: is 9; this program reads 1"),
        ("version: 3", "version: three", 0, r"version: 'three' is str, expected a whole number"),
        ("version: 3", "version: true", 0, r"version: True is bool, expected a whole number"),
        ("version: 3", "version: 3\nversion: 4", 1, "version: stands twice"),
        ("version: 3\n", "", None, "line 10: the document: has no key 'version'"),
        ("name: café", "note2: x", 0, r"classes\[1\].note2: is no known key"),
        ("[beaches]", "[1999]", 0, r"environments\[1\].forms\[0\]: 1999 is int, expected a text; put it in quotes"),
        ("rejected: ['yes', '12']", "rejected: none", 0, "rejected: 'none' is str, expected a list"),
        ("captions: 3", "captions: [", None, "is not YAML: .*line"),
        ("reviewed: A", "reviewed: !!python/object:os.system A", None, "is not YAML: .*python/object"),
    ],
)
def test_errors_name_line_and_key(tmp_path: Path, old: str, new: str, line: int | None, message: str) -> None:
    path = tmp_path / "v.yaml"
    save(VOCABULARY, path)
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    with pytest.raises(ValueError, match=message) as error:
        load(path)
    assert str(path) in str(error.value)
    if line is not None and "also stands" not in message and "not as captions" not in message:
        assert f"line {text[: text.index(old)].count(chr(10)) + 1 + line}: " in str(error.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.yaml cannot be read"):
        load(tmp_path / "absent.yaml")


def test_identity_is_that_of_what_is_matched() -> None:
    other = ReviewedVocabulary(VOCABULARY.classes, VOCABULARY.environments, version=9, reviewed="B")
    assert other.identity == VOCABULARY.identity
    assert ReviewedVocabulary(VOCABULARY.classes[::-1], VOCABULARY.environments).identity != VOCABULARY.identity
