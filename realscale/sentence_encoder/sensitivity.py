"""How much a text encoder notices: cosines of captions with their paraphrases, their negatives and other captions."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from identifiability.metrics.pairwise import credits
from realscale.sentence_encoder.captions import Variants

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
TIE = 1e-9  # cosines within this distance tie: sums of the same vectors in another order differ by less


@dataclass(frozen=True)
class Codes:
    """Unit codes of texts, in double precision."""

    rows: Mapping[str, int]
    vectors: Float[np.ndarray, "n d"]

    def cosines(self, ones: Sequence[str], others: Sequence[str]) -> Float[np.ndarray, " pairs"]:
        """Inner products of the codes of pairs of texts."""
        left, right = ([self.rows[text] for text in texts] for texts in (ones, others))
        return np.einsum("nd,nd->n", self.vectors[left], self.vectors[right])


@dataclass(frozen=True)
class Cosines:
    """Cosines of captions with one kind of text: their mean, their quantiles at `LEVELS`, their number."""

    mean: float
    quantiles: tuple[float, ...]
    count: int


@dataclass(frozen=True)
class Noticed(Cosines):
    """What an encoder makes of an operator.

    accuracy: share of captions whose synonym (one concept in other words) is nearer than the negative, ties one half;
    ties: share of ties; compared: captions that have both. A guess gets 1/2; an encoder that is blind to the operator
    gets 0, for it puts the negative on the caption itself.
    """

    accuracy: float
    ties: float
    compared: int


@dataclass(frozen=True)
class Sensitivity:
    """Cosines by kind of paraphrase, with other captions, by operator, and by operator and type of concept."""

    paraphrases: Mapping[str, Cosines]
    random: Cosines
    operators: Mapping[str, Noticed]
    types: Mapping[str, Noticed]


def sensitivity(variants: Sequence[Variants], codes: Codes) -> Sensitivity:
    """First steps of each operator, beside paraphrases and a fixed other caption (the next one) for each caption.

    Raises:
        ValueError: fewer than two captions.
    """
    if len(variants) < 2:
        raise ValueError(f"{len(variants)} captions; expected two at least, or there is no other one to compare with")
    captions = [one.caption for one in variants]
    same: dict[str, list[Variants]] = defaultdict(list)
    by_operator: dict[str, list[Variants]] = defaultdict(list)
    by_type: dict[tuple[str, str], list[Variants]] = defaultdict(list)
    for one in variants:
        if one.paraphrase is not None:
            same[one.paraphrase.type].append(one)
        for name, negative in one.negatives.items():
            by_operator[name].append(one)
            by_type[name, negative.steps[0].type].append(one)
    return Sensitivity(
        {
            kind: _cosines(codes.cosines([o.caption for o in group], [_synonym(o) for o in group]))
            for kind, group in sorted(same.items())
        },
        _cosines(codes.cosines(captions, captions[1:] + captions[:1])),
        {name: noticed(group, name, codes) for name, group in sorted(by_operator.items())},
        {f"{name} {kind}": noticed(group, name, codes) for (name, kind), group in sorted(by_type.items())},
    )


def noticed(variants: Sequence[Variants], operator: str, codes: Codes) -> Noticed:
    """The first step of an operator on captions that have one."""

    def to_negative(group: Sequence[Variants]) -> Float[np.ndarray, " n"]:
        return codes.cosines([o.caption for o in group], [o.negatives[operator].path()[1] for o in group])

    compared = [o for o in variants if o.paraphrase is not None and o.paraphrase.type == "synonym"]
    accuracy = ties = float("nan")
    if compared:
        right = codes.cosines([o.caption for o in compared], [_synonym(o) for o in compared])
        wrong = to_negative(compared)
        accuracy = float(credits(right, list(wrong[:, None]), tolerance=TIE).mean())
        ties = float((np.abs(right - wrong) <= TIE).mean())
    found = _cosines(to_negative(variants))
    return Noticed(found.mean, found.quantiles, found.count, accuracy, ties, len(compared))


def steps(variants: Sequence[Variants], operator: str, most: int, codes: Codes) -> Float[np.ndarray, "captions steps"]:
    """Cosines after 1..most steps of each caption whose path is that long."""
    paths = [(o.caption, o.negatives[operator].path()[1:]) for o in variants if operator in o.negatives]
    long = [(caption, path) for caption, path in paths if len(path) >= most]
    columns = [codes.cosines([caption for caption, _ in long], [path[k] for _, path in long]) for k in range(most)]
    return np.stack(columns, axis=1)


def _synonym(one: Variants) -> str:
    assert one.paraphrase is not None
    return one.paraphrase.text


def _cosines(values: Float[np.ndarray, " n"]) -> Cosines:
    quantiles = tuple(float(value) for value in np.quantile(values, LEVELS))
    return Cosines(float(values.mean()), quantiles, len(values))
