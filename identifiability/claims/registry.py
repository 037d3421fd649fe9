"""The ledger: the claims of each experiment, in the order in which they are told."""

from identifiability.claims import (
    common_part,
    darmois,
    lemma1,
    population,
    selection_learned,
    sentence,
    style_grid,
    tokens,
)
from identifiability.claims.claim import Claim

IDENTIFIABILITY: tuple[Claim, ...] = (
    *lemma1.CLAIMS,
    *common_part.CLAIMS,
    *darmois.CLAIMS,
    *population.CLAIMS,
    *sentence.CLAIMS,
    *style_grid.CLAIMS,
    *selection_learned.CLAIMS,
    *tokens.CLAIMS,
)
