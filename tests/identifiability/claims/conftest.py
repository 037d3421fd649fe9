"""Every claim that some module declares, and the check that gives it the verdict which its form wants."""

import importlib
import pkgutil
from collections.abc import Callable

import pytest

import identifiability.claims
from identifiability.claims.claim import Claim, Context, Evidence

WANTED = {"printed": "refuted", "violation": "fails as predicted"}


@pytest.fixture(scope="session")
def declared() -> dict[str, Claim]:
    """Claim id -> claim, of every module under `identifiability.claims`."""
    package = identifiability.claims
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    found = [claim for name in names for claim in getattr(importlib.import_module(name), "CLAIMS", ())]
    assert len({claim.id for claim in found}) == len(found)
    return {claim.id: claim for claim in found}


@pytest.fixture(scope="session")
def check(declared: dict[str, Claim]) -> Callable[[str], Evidence]:
    """Run a claim's quick settings with seed 0; every one of them must give the verdict that the claim's form wants."""

    def run(claim_id: str) -> Evidence:
        claim = declared[claim_id]
        for setting in claim.settings["quick"]:
            evidence = claim.check(setting, 0, Context())
            wanted = WANTED.get(claim.form, "holds")
            assert claim.verdict(evidence) == wanted, (setting, evidence.missed(), evidence.measured)
        return evidence

    return run
