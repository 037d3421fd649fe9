"""Words with roles, captions as token sequences, and pruning X_{y/e} of the environment tokens."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from scm.batch import Batch

PADDING = -1


class TokenRole(StrEnum):
    """What a word stands for; `number` is what `Batch.roles` stores."""

    CLASS = "class"  # the set V: words that name invariant content
    ENVIRONMENT = "environment"  # the set E: words that name the context
    PRIVATE = "private"  # words that say nothing about the image
    FUNCTION = "function"  # articles, prepositions

    @property
    def number(self) -> int:
        """Position among the roles."""
        return list(TokenRole).index(self)


def as_role(role: object) -> TokenRole:
    """The role itself, or the role of that value ("class", "environment", ...).

    Raises:
        ValueError: anything else.
    """
    try:
        return TokenRole(role)  # type: ignore[arg-type]  # whatever it is, it must be one of the values
    except ValueError as error:
        raise ValueError(
            f"{role!r} is no role of a token; expected a TokenRole or its value, one of "
            f"{', '.join(repr(known.value) for known in TokenRole)}"
        ) from error


@dataclass(frozen=True)
class Vocabulary:
    """A set of words, each with exactly one role; a word's id is its position in `words`.

    Definition 4 of the CLIP-IRM paper requires the class words V and the environment words E to be disjoint: a word in
    both would be kept and erased by the same pruning.

    Attributes:
        words_by_role: role -> its words; a word may have spaces ("hot dog").

    Raises:
        ValueError: a key that is no role, words that are no sequence of strings, a word with two roles, a repeated,
            empty or padded word.
    """

    words_by_role: Mapping[TokenRole, Sequence[str]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "words_by_role", {as_role(role): words for role, words in self.words_by_role.items()})
        roles: dict[str, list[TokenRole]] = {}
        for role, words in self.words_by_role.items():
            if isinstance(words, str) or not isinstance(words, Sequence):
                raise ValueError(
                    f"the {role} words are {words!r}, expected a tuple of words: a single string would be taken for "
                    "its letters, and a set has no order to number the words by"
                )
            for word in words:
                if not isinstance(word, str) or not word or word != " ".join(_split(word)):
                    raise ValueError(
                        f"{word!r} cannot be a {role} word: expected lower-case words with single spaces between them "
                        "and without punctuation, as the parser yields them"
                    )
                roles.setdefault(word, []).append(role)
        twice = {word: [str(role) for role in found] for word, found in roles.items() if len(found) > 1}
        if twice:
            word, found = next(iter(twice.items()))
            raise ValueError(
                f"the word {word!r} has the roles {' and '.join(found)} ({len(twice)} such word(s) in all: "
                f"{sorted(twice)[:5]}); roles must be disjoint, else pruning would both keep and erase it"
            )

    @cached_property
    def words(self) -> tuple[str, ...]:
        """All words; position is id."""
        return tuple(word for words in self.words_by_role.values() for word in words)

    @cached_property
    def role_numbers(self) -> Int[np.ndarray, " words"]:
        """Index of the role of each word id."""
        return np.array([role.number for role, words in self.words_by_role.items() for _ in words], dtype=np.int64)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    @cached_property
    def _longest(self) -> int:
        return max((len(word.split()) for word in self.words), default=1)

    def __len__(self) -> int:
        return len(self.words)

    def id(self, word: str) -> int:
        """Id of a word.

        Raises:
            ValueError: a word that is not in the vocabulary.
        """
        if word not in self._ids:
            raise ValueError(f"the word {word!r} is not one of the {len(self)} words of the vocabulary")
        return self._ids[word]

    def role(self, word: str) -> TokenRole:
        """Role of a word."""
        return list(TokenRole)[self.role_numbers[self.id(word)]]

    def encode(self, text: str, *, unknown: str = "raise") -> "Caption":
        """Parse a text into a caption: lower case, punctuation dropped, the longest entry of the vocabulary first.

        Args:
            text: a caption in plain words.
            unknown: "raise" or "drop", what to do with words that no entry covers.

        Raises:
            ValueError: unknown words under unknown="raise".
        """
        if unknown not in ("raise", "drop"):
            raise ValueError(f"unknown={unknown!r}, expected 'raise' or 'drop'")
        pieces, ids, missing, position = _split(text), [], [], 0
        while position < len(pieces):
            for length in range(min(self._longest, len(pieces) - position), 0, -1):
                entry = " ".join(pieces[position : position + length])
                if entry in self._ids:
                    ids.append(self._ids[entry])
                    break
            else:
                length = 1
                missing.append(pieces[position])
            position += length
        if missing and unknown == "raise":
            raise ValueError(
                f"the caption {text!r} has the words {missing}, which no role covers; give them a role (for example "
                "function), or pass unknown='drop'"
            )
        return Caption(self, tuple(ids))

    def decode(self, tokens: Int[np.ndarray, " length"]) -> "Caption":
        """The caption of one row of token ids; padding is skipped."""
        return Caption(self, tuple(int(token) for token in tokens if token != PADDING))

    def pad(self, captions: Sequence["Caption"], length: int | None = None) -> Int[np.ndarray, "n length"]:
        """Token ids of several captions as one array, padded at the end with -1.

        Raises:
            ValueError: a caption longer than `length`, or one of another vocabulary.
        """
        longest = max((len(caption) for caption in captions), default=0)
        if length is not None and longest > length:
            raise ValueError(f"a caption has {longest} tokens, more than length={length}; cutting it would change it")
        tokens = np.full((len(captions), longest if length is None else length), PADDING, dtype=np.int64)
        for row, caption in zip(tokens, captions, strict=True):
            if caption.vocabulary.words != self.words:
                raise ValueError(f"the caption {caption.text!r} is of another vocabulary, so its ids mean other words")
            row[: len(caption)] = caption.ids
        return tokens

    def roles_of(self, tokens: Int[np.ndarray, "*shape"]) -> Int[np.ndarray, "*shape"]:
        """Role index of every token id, -1 at padding.

        Raises:
            ValueError: an id that is neither padding nor a word.
        """
        if tokens.size and not (tokens.min() >= PADDING and tokens.max() < len(self)):
            raise ValueError(
                f"token ids run from {tokens.min()} to {tokens.max()}, expected 0..{len(self) - 1}, "
                f"or {PADDING} at padding"
            )
        return np.append(self.role_numbers, PADDING)[tokens]


@dataclass(frozen=True)
class Caption:
    """A sequence of token ids of a vocabulary.

    Raises:
        ValueError: an id that is no word.
    """

    vocabulary: Vocabulary
    ids: tuple[int, ...]

    def __post_init__(self) -> None:
        wrong = [i for i in self.ids if not 0 <= i < len(self.vocabulary)]
        if wrong:
            raise ValueError(f"the ids {wrong} are no words; the vocabulary has the ids 0..{len(self.vocabulary) - 1}")

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def words(self) -> tuple[str, ...]:
        """The words in order."""
        return tuple(self.vocabulary.words[i] for i in self.ids)

    @property
    def roles(self) -> tuple[TokenRole, ...]:
        """The role of each token."""
        return tuple(self.vocabulary.role(word) for word in self.words)

    @property
    def text(self) -> str:
        """The words with single spaces between them."""
        return " ".join(self.words)

    def without(self, *roles: TokenRole | str) -> "Caption":
        """The caption without the tokens of these roles, order kept; `without(ENVIRONMENT)` is X_{y/e}.

        Raises:
            ValueError: something that is no role.
        """
        removed = {as_role(role) for role in roles}
        kept = zip(self.ids, self.roles, strict=True)
        return Caption(self.vocabulary, tuple(i for i, role in kept if role not in removed))

    def only(self, *roles: TokenRole | str) -> "Caption":
        """The caption reduced to the tokens of these roles, order kept; `only(CLASS)` is the class prompt.

        Raises:
            ValueError: something that is no role.
        """
        kept = {as_role(role) for role in roles}
        return self.without(*(role for role in TokenRole if role not in kept))


def prune_tokens(
    tokens: Int[np.ndarray, "n length"], vocabulary: Vocabulary, *roles: TokenRole | str
) -> Int[np.ndarray, "n length"]:
    """Remove the tokens of these roles from every row; the others keep their order, padding goes to the end.

    Raises:
        ValueError: no role, something that is no role, or ids that are no words.
    """
    return _compact(tokens, _keep(vocabulary.roles_of(tokens), roles), PADDING)


def prune_batch(batch: Batch, *roles: TokenRole | str) -> Batch:
    """The batch with captions X_{y/e}: tokens of these roles removed, order kept, vectors padded with 0.

    Raises:
        ValueError: a batch without token roles (sentence-level text is one vector), no role, or something that is none.
    """
    if batch.roles is None or batch.mask is None:
        raise ValueError("the batch has no token roles: a sentence-level text is one vector, with no token to remove")
    keep = _keep(batch.roles, roles)
    return replace(
        batch,
        text=_compact(batch.text, keep, 0),
        mask=_compact(batch.mask, keep, False),
        tokens=None if batch.tokens is None else _compact(batch.tokens, keep, PADDING),
        roles=_compact(batch.roles, keep, PADDING),
    )


def _split(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.lower())


def _keep(roles: Int[np.ndarray, "n length"], removed: Sequence[TokenRole | str]) -> Bool[np.ndarray, "n length"]:
    if not removed:
        raise ValueError(
            "no role was named, so nothing would be pruned; expected the roles whose tokens go, for X_{y/e} "
            f"TokenRole.{TokenRole.ENVIRONMENT.name}"
        )
    return (roles != PADDING) & ~np.isin(roles, [as_role(role).number for role in removed])


def _compact(array: np.ndarray, keep: Bool[np.ndarray, "n length"], padding: int | bool) -> np.ndarray:
    """Move the kept positions of every row to its start, in order, and fill the rest."""
    order = np.argsort(~keep, axis=1, kind="stable")
    spread = (...,) + (None,) * (array.ndim - 2)
    moved = np.take_along_axis(array, order[spread], axis=1)
    kept = np.take_along_axis(keep, order, axis=1)[spread]
    return np.where(kept, moved, np.asarray(padding, dtype=array.dtype))
