"""The ledger: the claims of each experiment, in the order in which they are told."""

from identifiability.claims import (
    common_part,
    convergence,
    darmois,
    iff,
    invertibility,
    lemma1,
    population,
    selection,
    selection_learned,
    sentence,
    style_grid,
    token_determination,
    tokens,
)
from identifiability.claims.claim import Claim

IDENTIFIABILITY: tuple[Claim, ...] = (
    # Theorem 2: sentences
    *sentence.CLAIMS,
    *lemma1.CLAIMS,
    *darmois.CLAIMS,
    *invertibility.CLAIMS,
    *style_grid.CLAIMS,
    # Corollary 3: InfoNCE
    *population.CLAIMS,
    *convergence.CLAIMS,
    *iff.CLAIMS,
    # Theorem 5 and Corollary 6: tokens
    *tokens.CLAIMS,
    *common_part.CLAIMS,
    *token_determination.CLAIMS,
    # what captions omit or rewrite
    *selection.CLAIMS,
    *selection_learned.CLAIMS,
)

EQUIVALENCE: tuple[Claim, ...] = ()

INVARIANCE_TESTS: tuple[Claim, ...] = ()

LEDGERS: dict[str, tuple[Claim, ...]] = {
    "identifiability": IDENTIFIABILITY,
    "equivalence": EQUIVALENCE,
    "invariance_tests": INVARIANCE_TESTS,
}
