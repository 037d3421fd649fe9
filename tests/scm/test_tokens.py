import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scm.sentence import SentenceConfig, SentenceSCM
from scm.tokens import PADDING, Caption, TokenRole, Vocabulary, prune_batch, prune_tokens

WORDS = {
    TokenRole.CLASS: ("dog", "hot dog", "cat"),
    TokenRole.ENVIRONMENT: ("sketch", "on snow"),
    TokenRole.PRIVATE: ("nice",),
    TokenRole.FUNCTION: ("a", "of", "the", "on"),
}
VOCABULARY = Vocabulary(WORDS)
sequences = st.lists(st.integers(0, len(VOCABULARY) - 1), max_size=40).map(tuple)
role_sets = st.sets(st.sampled_from(list(TokenRole)), min_size=1)


def test_ids_follow_the_order_of_the_words_and_roles_are_disjoint():
    assert [VOCABULARY.id(word) for word in VOCABULARY.words] == list(range(10))
    assert VOCABULARY.role("hot dog") is TokenRole.CLASS
    assert VOCABULARY.role("on snow") is TokenRole.ENVIRONMENT
    for role, words in WORDS.items():
        assert {VOCABULARY.role(word) for word in words} == {role}


def test_parsing_takes_the_longest_entry_and_ignores_case_and_punctuation():
    caption = VOCABULARY.encode("A sketch of the Hot Dog, on snow.")
    assert caption.words == ("a", "sketch", "of", "the", "hot dog", "on snow")
    assert caption.without(TokenRole.ENVIRONMENT).text == "a of the hot dog"
    assert caption.only(TokenRole.CLASS).text == "hot dog"
    assert VOCABULARY.encode("a purple dog", unknown="drop").text == "a dog"
    with pytest.raises(
        ValueError, match=r"the caption 'a purple dog' has the words \['purple'\], which no role covers"
    ):
        VOCABULARY.encode("a purple dog")


@settings(deadline=None, max_examples=50)
@given(sequences, role_sets)
def test_pruning_removes_exactly_the_named_roles_and_keeps_order(ids, roles):
    caption = Caption(VOCABULARY, ids)
    pruned = caption.without(*roles)
    assert pruned.words == tuple(word for word in caption.words if VOCABULARY.role(word) not in roles)
    assert pruned.without(*roles) == pruned
    assert caption.only(*roles).words == tuple(word for word in caption.words if VOCABULARY.role(word) in roles)


@settings(deadline=None, max_examples=50)
@given(st.lists(sequences, min_size=1, max_size=6), role_sets)
def test_pruning_arrays_agrees_with_pruning_captions(rows, roles):
    captions = [Caption(VOCABULARY, ids) for ids in rows]
    tokens = VOCABULARY.pad(captions)
    pruned = prune_tokens(tokens, VOCABULARY, *roles)
    assert pruned.shape == tokens.shape
    for row, caption in zip(pruned, captions, strict=True):
        assert VOCABULARY.decode(row) == caption.without(*roles)
        padded = row == PADDING
        assert (np.sort(padded) == padded).all()  # padding only at the end


@settings(deadline=None, max_examples=50)
@given(st.lists(sequences, min_size=1, max_size=6))
def test_padding_and_decoding_are_inverse(rows):
    captions = [Caption(VOCABULARY, ids) for ids in rows]
    tokens = VOCABULARY.pad(captions, 40)
    assert [VOCABULARY.decode(row) for row in tokens] == captions
    roles = VOCABULARY.roles_of(tokens)
    for caption, row in zip(captions, roles, strict=True):
        assert row[: len(caption)].tolist() == [role.number for role in caption.roles]
        assert (row[len(caption) :] == PADDING).all()


def test_text_round_trip_where_entries_do_not_run_together():
    caption = Caption(VOCABULARY, tuple(VOCABULARY.id(word) for word in ("the", "cat", "on snow")))
    assert VOCABULARY.encode(caption.text) == caption


def test_a_word_with_two_roles_is_refused_by_name():
    with pytest.raises(ValueError, match="the word 'snow' has the roles class and environment"):
        Vocabulary({TokenRole.CLASS: ("dog", "snow"), TokenRole.ENVIRONMENT: ("snow",)})
    with pytest.raises(ValueError, match="the word 'dog' has the roles class and class"):
        Vocabulary({TokenRole.CLASS: ("dog", "dog")})
    for word in ("", "Dog", "a  b", "dog."):
        with pytest.raises(ValueError, match="cannot be a class word"):
            Vocabulary({TokenRole.CLASS: (word,)})


def test_errors_name_the_offender():
    with pytest.raises(ValueError, match="'bird' is not one of the 10 words"):
        VOCABULARY.id("bird")
    with pytest.raises(ValueError, match=r"the ids \[10\] are no words"):
        Caption(VOCABULARY, (0, 10))
    with pytest.raises(ValueError, match="a caption has 3 tokens, more than length=2"):
        VOCABULARY.pad([Caption(VOCABULARY, (0, 1, 2))], 2)
    with pytest.raises(ValueError, match="is of another vocabulary"):
        Vocabulary({TokenRole.CLASS: ("dog",)}).pad([Caption(VOCABULARY, (0,))])
    with pytest.raises(ValueError, match=r"token ids run from -2 to 0, expected 0\.\.9, or -1"):
        VOCABULARY.roles_of(np.array([[-2, 0]]))
    with pytest.raises(ValueError, match="unknown='keep', expected 'raise' or 'drop'"):
        VOCABULARY.encode("dog", unknown="keep")
    batch = SentenceSCM.draw(SentenceConfig(condition_quantile=0.1), rng=np.random.default_rng(0)).sample(
        3, rng=np.random.default_rng(0)
    )
    with pytest.raises(ValueError, match="a sentence-level text is one vector"):
        prune_batch(batch, TokenRole.ENVIRONMENT)
    with pytest.raises(ValueError, match=r"no role was named, so nothing would be pruned"):
        prune_tokens(np.array([[0]]), VOCABULARY)


def test_a_role_may_be_named_by_its_value_and_by_nothing_else():
    caption = VOCABULARY.encode("a sketch of the hot dog")
    assert caption.without("environment") == caption.without(TokenRole.ENVIRONMENT)
    assert caption.only("class").text == "hot dog"
    tokens = VOCABULARY.pad([caption])
    np.testing.assert_array_equal(
        prune_tokens(tokens, VOCABULARY, "environment"), prune_tokens(tokens, VOCABULARY, TokenRole.ENVIRONMENT)
    )
    for prune in (caption.without, caption.only, lambda role: prune_tokens(tokens, VOCABULARY, role)):
        with pytest.raises(ValueError, match=r"'enviroment' is no role of a token; .* 'class', 'environment'"):
            prune("enviroment")
