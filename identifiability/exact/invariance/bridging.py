"""The bridging conditions of CLIP-IRM (CVPR 2026, definition 4) as checks on a finite model, and what they leave out.

The model is about a label y, an image x, its invariant factors z_cls and z_env, the index of the environment, and the
tokens of the caption. Definition 4 asks for a class vocabulary that is the label set, context words apart from it, and
context words that z_env alone generates. For pruned InfoNCE to be invariant risk minimisation one condition more is
needed, which it does not state: the pooled posterior p(y | x) must be calibrated in every environment. Labels that
depend on nothing but z_cls suffice for that.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from identifiability.exact.invariance.calibration import calibration
from scm import FiniteLaw, TokenRole, Vocabulary

TOLERANCE = 1e-9  # nats, or numbers of words and pairs

NAMED = "class words name the labels one to one"
ERASED = "pruned captions tell no more of z_env than the label does"
GENERATED = "context words depend on z_env alone"
DETERMINED = "the caption determines z_inv"
SHOWN = "the image determines z_inv"
POSITIVE = "every z_cls occurs with every z_env"
INDEPENDENT = "the label is independent of environment and z_env given z_cls"
CALIBRATED = "the pooled posterior is calibrated in every environment"

STATED = (NAMED, ERASED, GENERATED, DETERMINED, SHOWN, POSITIVE)  # in definition 4 or the theorems before it
SUFFICIENT = (NAMED, ERASED, SHOWN, POSITIVE, INDEPENDENT)


@dataclass(frozen=True)
class CaptionedModel:
    """A finite law with the parts its variables play: label "y", image "x", "z_cls", "z_env", "environment".

    Attributes:
        law: exact joint law of these five and of the tokens.
        words: token variable -> the word of each of its levels; "" where the caption has no word there.
        vocabulary: the words with their roles: V is the class words, and pruning erases the environment words.

    Raises:
        ValueError: variables that are missing, or a token variable with more or fewer words than levels.
    """

    law: FiniteLaw
    words: Mapping[str, tuple[str, ...]]
    vocabulary: Vocabulary

    def __post_init__(self) -> None:
        missing = [
            name for name in ("environment", "x", "y", "z_cls", "z_env", *self.words) if name not in self.law.names
        ]
        if missing or not self.words:
            raise ValueError(
                f"the law is about {list(self.law.names)} and the tokens are {list(self.words)}; {missing or 'tokens'} "
                "missing: the conditions are about label, image, its two factors, environment and tokens"
            )
        for name, words in self.words.items():
            if len(words) != self.law.levels(name):
                raise ValueError(
                    f"token {name!r} has {self.law.levels(name)} levels and {len(words)} words {list(words)}; "
                    "expected a word a level ('' for no word)"
                )
            for word in filter(None, words):
                self.vocabulary.id(word)

    @property
    def joint(self) -> Float[np.ndarray, "e x y"]:
        """pi_e p_e(x, y)."""
        return self.law.marginal(("environment", "x", "y"))

    def with_caption(self, *roles: TokenRole) -> FiniteLaw:
        """The law with one more variable, "caption": the words of these roles, in order of the tokens."""

        def caption(*levels: int) -> Hashable:
            spoken = [self.words[name][level] for name, level in zip(self.words, levels, strict=True)]
            return tuple(word for word in spoken if word and self.vocabulary.role(word) in roles)

        return self.law.pushforward("caption", caption, tuple(self.words))

    def pruned(self) -> FiniteLaw:
        """The law with the pruned caption: all words but those of the environment."""
        return self.with_caption(*(role for role in TokenRole if role != TokenRole.ENVIRONMENT))


class Condition(NamedTuple):
    """One condition: it holds iff `value` is 0 up to rounding. Values are in nats, or count labels, words or pairs."""

    name: str
    holds: bool
    value: float


@dataclass(frozen=True)
class BridgingReport:
    """All conditions on a model, in the order STATED, INDEPENDENT, CALIBRATED."""

    conditions: tuple[Condition, ...]

    def __getitem__(self, name: str) -> Condition:
        """The condition of a name."""
        return {condition.name: condition for condition in self.conditions}[name]

    def unmet(self, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the named conditions that fail."""
        return tuple(name for name in names if not self[name].holds)


def bridging_conditions(model: CaptionedModel) -> BridgingReport:
    """Every condition with the number that decides it.

    NAMED counts labels and class words without exactly one partner that occurs with them; ERASED is
    I(pruned caption; z_env | y); GENERATED I(context words; y, z_cls | z_env); DETERMINED H(z_cls, z_env | caption);
    SHOWN H(z_cls, z_env | x); POSITIVE counts the pairs of z_cls and z_env that never occur; INDEPENDENT
    I(y; environment, z_env | z_cls); CALIBRATED the cost of `calibration`. That the class words and the environment
    words are disjoint, `Vocabulary` itself demands.
    """
    law, factors = model.law, ("z_cls", "z_env")
    spoken = model.with_caption(TokenRole.CLASS)
    context = model.with_caption(TokenRole.ENVIRONMENT)
    measures: dict[str, Callable[[], float]] = {
        NAMED: lambda: _unmatched(spoken.marginal(("y", "caption"))) + _unspoken(model),
        ERASED: lambda: model.pruned().conditional_mutual_information("caption", "z_env", "y"),
        GENERATED: lambda: context.conditional_mutual_information("caption", ("y", "z_cls"), "z_env"),
        DETERMINED: lambda: model.with_caption(*TokenRole).entropy(factors, "caption"),
        SHOWN: lambda: law.entropy(factors, "x"),
        POSITIVE: lambda: float((law.marginal(factors) == 0).sum()),
        INDEPENDENT: lambda: law.conditional_mutual_information("y", ("environment", "z_env"), "z_cls"),
        CALIBRATED: lambda: calibration(model.joint).cost,
    }
    values = {name: measure() for name, measure in measures.items()}
    return BridgingReport(tuple(Condition(name, value <= TOLERANCE, value) for name, value in values.items()))


def captioned(
    law: FiniteLaw,
    class_words: Sequence[str],
    context_words: Sequence[str],
    *,
    erased: bool = True,
    image: Callable[[int, int], int] | None = None,
) -> CaptionedModel:
    """Captions of a class word and a context word for a law of environment, y, z_cls and z_env.

    Args:
        law: joint law of these four; further variables stay.
        class_words: the word of each label; labels may share one.
        context_words: the word of each level of z_env.
        erased: False forgets to list the context words, so that pruning leaves them in the caption.
        image: what x shows of (z_cls, z_env), by default both; unless the law has x already.
    """
    contexts = law.levels("z_env")
    words = dict.fromkeys(class_words)
    if "x" not in law.names:
        law = law.pushforward("x", image or (lambda kind, place: kind * contexts + place), ("z_cls", "z_env"))
    law = law.pushforward("token_cls", lambda label: list(words).index(class_words[label]), "y")
    law = law.pushforward("token_env", lambda place: place, "z_env")
    role = TokenRole.ENVIRONMENT if erased else TokenRole.FUNCTION
    vocabulary = Vocabulary({TokenRole.CLASS: tuple(words), role: tuple(context_words)})
    return CaptionedModel(law, {"token_cls": tuple(words), "token_env": tuple(context_words)}, vocabulary)


def factored_law(
    content: Float[np.ndarray, "e c"], context: Float[np.ndarray, "e c s"], label: Float[np.ndarray, "e c s y"]
) -> FiniteLaw:
    """pi_e = 1 / E, z_cls ~ p_e, z_env ~ p_e(. | z_cls), y ~ p_e(. | z_cls, z_env)."""
    table = content[:, :, None, None] * context[:, :, :, None] * label / len(content)
    return FiniteLaw(("environment", "z_cls", "z_env", "y"), table)


def fine_labels(agreement: Sequence[float]) -> CaptionedModel:
    """Four breeds of two kinds of animals: images show the kind and the place, the breed follows the place.

    Kind and place are fair and independent; of the two breeds of a kind the first is the likelier in snow, with
    probability agreement[e] in environment e, and the second in grass. Captions name breed and place without error, so
    that every condition which definition 4 states holds.
    """
    environments = len(agreement)
    label = np.zeros((environments, 2, 2, 4))
    for e, probability in enumerate(agreement):
        for kind, place in np.ndindex(2, 2):
            label[e, kind, place, 2 * kind + place] = probability
            label[e, kind, place, 2 * kind + 1 - place] = 1 - probability
    law = factored_law(np.full((environments, 2), 0.5), np.full((environments, 2, 2), 0.5), label)
    return captioned(law, ("husky", "boxer", "lynx", "serval"), ("snow", "grass"))


def _unmatched(joint: Float[np.ndarray, "y v"]) -> float:
    """Labels and strings of class words that occur with more than one partner, or never."""
    occurs = joint > 0
    return float((occurs.sum(axis=1) != 1).sum() + (occurs.sum(axis=0) > 1).sum())


def _unspoken(model: CaptionedModel) -> float:
    """Class words of the vocabulary that no caption ever uses."""
    used = {words[level] for name, words in model.words.items() for level in np.flatnonzero(model.law.marginal(name))}
    return float(
        sum(model.vocabulary.role(word) == TokenRole.CLASS and word not in used for word in model.vocabulary.words)
    )
