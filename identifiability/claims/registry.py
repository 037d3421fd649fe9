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
from identifiability.claims.composition import (
    iteration,
    modality_gap,
    quotient,
    scenes,
    trained,
    trained_edits,
    trained_negatives,
)
from identifiability.claims.equivalence import (
    balancing,
    bridging,
    calibration,
    coloured_baselines,
    coloured_bits,
    coloured_captions,
    coloured_classes,
    continuous,
    digits,
    hidden_context,
    irm,
    irm_optima,
    irmv1,
    mid_training,
    negatives,
    penalised,
    phase,
    prompts,
    smmalign,
    smmalign_irm,
    smmalign_learned,
    sphere,
    swaps,
    vocabulary,
    vocabulary_errors,
)
from identifiability.claims.equivalence import population as population_table
from identifiability.claims.invariance_tests import chain, optima, remedies, unit_tests
from identifiability.claims.reasoning import groups, hacking, invariance, length, shaping, shift, training

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

EQUIVALENCE: tuple[Claim, ...] = (
    # what vocabulary-constrained InfoNCE optimises
    *vocabulary.CLAIMS,
    *vocabulary_errors.CLAIMS,
    *swaps.CLAIMS,
    # when that is IRM
    *irm.CLAIMS,
    *irm_optima.CLAIMS,
    *calibration.CLAIMS,
    *bridging.CLAIMS,
    *smmalign.CLAIMS,
    *smmalign_irm.CLAIMS,
    *smmalign_learned.CLAIMS,
    # what is invariant instead
    *balancing.CLAIMS,
    *negatives.CLAIMS,
    *prompts.CLAIMS,
    *population_table.CLAIMS,
    *phase.CLAIMS,
    # penalties
    *irmv1.CLAIMS,
    *penalised.CLAIMS,
    # codes on the sphere, features, mid-training
    *sphere.CLAIMS,
    *hidden_context.CLAIMS,
    *mid_training.CLAIMS,
    # trained encoders: coloured problems
    *coloured_bits.CLAIMS,
    *coloured_captions.CLAIMS,
    *coloured_baselines.CLAIMS,
    *coloured_classes.CLAIMS,
    *continuous.CLAIMS,
    *digits.CLAIMS,
)

INVARIANCE_TESTS: tuple[Claim, ...] = (
    # linear unit tests for invariance (Aubin et al.)
    *unit_tests.CLAIMS,
    *optima.CLAIMS,
    *remedies.CLAIMS,
    # linear SEM (Arjovsky et al.)
    *chain.CLAIMS,
)

COMPOSITION: tuple[Claim, ...] = (
    # Theorems 7, 8 and 9: when a blind encoder is optimal
    *quotient.CLAIMS,
    *scenes.CLAIMS,
    # Algorithm 1 and Proposition 11
    *iteration.CLAIMS,
    *modality_gap.CLAIMS,
    # trained towers
    *trained.CLAIMS,
    *trained_negatives.CLAIMS,
    *trained_edits.CLAIMS,
)

REWARD: tuple[Claim, ...] = (
    # which forms change what is optimal
    *shaping.CLAIMS,
    # what they do with length
    *length.CLAIMS,
    # what group-relative advantages keep
    *groups.CLAIMS,
    # what it pays degenerate completions
    *hacking.CLAIMS,
    # what becomes of its optima in another environment
    *shift.CLAIMS,
    *invariance.CLAIMS,
    # where training ends
    *training.CLAIMS,
)

# what needs no real data; the claims on real pictures and captions are in realscale.claims
LEDGERS: dict[str, tuple[Claim, ...]] = {
    "identifiability": IDENTIFIABILITY,
    "equivalence": EQUIVALENCE,
    "invariance_tests": INVARIANCE_TESTS,
    "composition": COMPOSITION,
    "midtraining": (),
    "reward": REWARD,
}
