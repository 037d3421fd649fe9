"""The ledger is whole: every declared claim is in an experiment, is well formed, and has a test that names it."""

import pickle
from pathlib import Path

from identifiability.claims.claim import Claim
from identifiability.claims.registry import LEDGERS

SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py"))


def test_every_declared_claim_is_in_one_ledger(declared: dict[str, Claim]) -> None:
    told = [claim.id for ledger in LEDGERS.values() for claim in ledger]
    assert sorted(told) == sorted(declared)


def test_claims_are_well_formed(declared: dict[str, Claim]) -> None:
    for claim in declared.values():
        assert pickle.loads(pickle.dumps(claim.check)) is claim.check, claim.id
        if claim.drops is not None:
            positive, assumption = claim.drops
            assert claim.id.startswith(f"{positive}."), claim.id
            assert assumption in declared[positive].assumptions, claim.id
            assert assumption not in claim.assumptions, claim.id


def test_every_exact_claim_has_a_test_that_names_it(declared: dict[str, Claim]) -> None:
    exact = [claim.id for claim in declared.values() if claim.track == "exact"]
    assert [name for name in exact if f'check("{name}")' not in SOURCES] == []
