"""The bars: roles mined from captions against the roles that are known."""

from collections.abc import Callable

import numpy as np
import pytest

from realscale.data import MissingData, load
from realscale.data.phrases import with_article
from realscale.vocabulary.agreement import Agreement, agreement
from realscale.vocabulary.document import Entry, ReviewedVocabulary
from realscale.vocabulary.matching import Matcher
from realscale.vocabulary.normal import entries
from scm import TokenConfig, TokenSCM
from scm.tokens import TokenRole

Mined = Callable[..., ReviewedVocabulary]
LETTERS = {TokenRole.CLASS.number: "c", TokenRole.ENVIRONMENT.number: "e"}


def causal_captions(config: TokenConfig, seed: int, count: int = 5000) -> tuple[list[str], list[str]]:
    """Captions of the model, and one letter a word for its role."""
    model = TokenSCM.draw(config, rng=np.random.default_rng(seed))
    batch = model.sample(count, rng=np.random.default_rng([seed, 1]))
    assert batch.tokens is not None
    assert batch.roles is not None
    words = [[model.vocabulary.words[token] for token in row if token >= 0] for row in batch.tokens.tolist()]
    roles = [[LETTERS.get(role, "-") for role in row if role >= 0] for row in batch.roles.tolist()]
    return [" ".join(caption) for caption in words], ["".join(letters) for letters in roles]


@pytest.mark.parametrize(
    "config",
    [TokenConfig(), TokenConfig(keep_probability=0.7, token_noise=0.1, private_strength=0.5, context_strength=0.3)],
)
def test_roles_of_the_causal_model_are_found_from_one_name_a_variable(mined: Mined, config: TokenConfig) -> None:
    """Class words exclude each other, contexts move with the class, private words do neither: >= .99 each."""
    captions, known = causal_captions(config, seed=0)
    found = agreement(Matcher(mined(captions, ["circle", "red", "place"])), captions, known)
    assert min(found["class"].precision, found["class"].recall) >= 0.99
    assert min(found["environment"].precision, found["environment"].recall) >= 0.99


def test_a_context_that_is_independent_of_the_class_cannot_be_found(mined: Mined) -> None:
    """Violation: without dependence of context and class nothing in the captions tells contexts from private words."""
    captions, known = causal_captions(TokenConfig(context_strength=0.0), seed=0)
    found = agreement(Matcher(mined(captions, ["circle", "red", "place"])), captions, known)
    assert found["environment"].recall == 0.0
    assert found["class"].recall >= 0.99


def test_without_deciding_statistics_only_propose(mined: Mined) -> None:
    captions, _ = causal_captions(TokenConfig(), seed=0)
    vocabulary = mined(captions, ["circle", "red", "place"], decide=False)
    assert [entry.name for entry in vocabulary.classes] == ["circle", "red", "place"]
    assert vocabulary.environments == ()
    proposed = {entry.name: entry.found[0] for entry in vocabulary.undecided}
    assert proposed["square"] == "class? never said with circle"
    assert proposed["striped"].startswith("environment? its share changes with ")
    assert len(proposed) == 3 + 3 + 4


@pytest.mark.parametrize("every", [0, 2])
def test_roles_of_emoji_captions_are_found(mined: Mined, every: int) -> None:
    """Captions "a noto picture of a red apple", with none or half of the names given: >= .95 each."""
    try:
        emoji = load("emoji")
    except MissingData as error:
        pytest.skip(str(error))
    emoji = emoji.take(np.arange(1600))
    captions, known = emoji.captions_for("both"), []
    for style, label in zip(emoji.styles, emoji.captions, strict=True):
        phrase, full, name = entries([emoji.style_phrases[style], with_article(label), label])
        articles = len(full.split()) - len(name.split())
        known.append("-" + "e" * (len(phrase.split()) - 1) + "-" + "-" * articles + "c" * len(name.split()))
    names = list(dict.fromkeys(entries(emoji.captions)))
    found = agreement(Matcher(mined(captions, names[::every] if every else [], least=4)), captions, known)
    assert min(found["class"].precision, found["class"].recall) >= 0.95
    assert min(found["environment"].precision, found["environment"].recall) >= 0.95


def test_agreement_counts_words() -> None:
    matcher = Matcher(ReviewedVocabulary((Entry("hot dog"),), (Entry("beach"),)))
    found = agreement(matcher, ["a hot dog, beach", "beach dog"], ["-cc-", "-c"])
    assert found == {"class": Agreement(2, 2, 3), "environment": Agreement(0, 2, 0)}
    assert found["class"].precision == 1.0
    assert found["class"].recall == pytest.approx(2 / 3)
    assert found["environment"].precision == 0.0
    assert found["environment"].recall == 1.0
    with pytest.raises(ValueError, match="has 2 words, but 1 roles are known"):
        agreement(matcher, ["a dog"], ["-"])
