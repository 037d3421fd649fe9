"""Which trl is taken, and what is said of others."""

import sys

import pytest

pytest.importorskip("trl", reason="needs the extra: pip install 'token-scm[realscale]'")

import trl

from realscale.data.errors import MissingData
from realscale.reasoning.trainer.library import lost_hooks, trl_library


def test_the_installed_one_is_taken_and_older_or_next_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert trl_library() is trl
    for version in ("1.15.9", "2.0.0"):
        monkeypatch.setattr(trl, "__version__", version)
        with pytest.raises(MissingData, match=f"trl is of version {version}; expected one from 1.16 on and below 2"):
            trl_library()
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(MissingData, match="trl cannot be imported"):
        trl_library()


def test_a_trainer_without_the_place_for_advantages_of_tokens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(trl.GRPOTrainer):
        def _compute_loss(self, model: object, inputs: object) -> object:
            return super()._compute_loss(model, inputs)

    assert "does not tell advantages of completions" in lost_hooks(Other)
    Other._calculate_rewards = lambda self, inputs: inputs
    assert "other arguments" in lost_hooks(Other)
    Other._calculate_rewards = None
    assert lost_hooks(Other) == "has no method _calculate_rewards"
    monkeypatch.setattr(trl, "GRPOTrainer", Other)
    with pytest.raises(MissingData, match="has no method _calculate_rewards; expected it as in trl"):
        trl_library()


def test_what_trl_itself_lacks_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy:
        __version__ = trl.__version__

        @property
        def GRPOTrainer(self) -> object:
            raise RuntimeError("Failed to import because of the following error:\nNo module named 'requests'")

    monkeypatch.setitem(sys.modules, "trl", Lazy())
    with pytest.raises(MissingData, match="following error: No module named 'requests'"):
        trl_library()
