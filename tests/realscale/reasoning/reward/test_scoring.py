"""The process reward of texts: as one window after the other gives it, with far fewer texts encoded."""

import re
from collections import Counter

import pytest
import torch

from identifiability.objectives import balancing_correction, process_rewards
from realscale.reasoning.reward import ProcessReward, RewardSettings, WindowEncoder, windows, written
from scm.streams import stream
from scm.tokens import TokenRole, Vocabulary

VOCABULARY = Vocabulary({TokenRole.CLASS: ("dog", "hot dog", "cat"), TokenRole.ENVIRONMENT: ("beach", "snow")})
PROMPTS = ("a dog", "a hot dog", "a cat")
PIECES = ["the", " dog", " cat", " hot", " on", " a", " beach", " snow", " and", ""]
CODES = 16


def code(text):
    return torch.from_numpy(stream(0, "code", text).normal(size=CODES))


def encode(texts):
    return torch.stack([code(text) for text in texts])


def decode(ids):
    return "".join(PIECES[i] for i in ids)


def some(rows=4, tokens=12, seed=0):
    """Images, completions of different lengths that repeat themselves, and their mask."""
    rng = stream(seed, "completions")
    ids = [[*rng.integers(0, 4, size=rng.integers(2, tokens)).tolist(), 9] for _ in range(rows)]
    mask = torch.tensor([[token < len(row) for token in range(tokens)] for row in ids])
    return torch.stack([code(f"image {row}") for row in range(rows)]), [written(row, decode) for row in ids], mask


def by_hand(images, completions, mask, settings, log_odds=None):
    """Scores and steps, a window after the other."""
    scores, steps = torch.zeros(mask.shape, dtype=torch.float64), torch.zeros_like(mask)
    for i, completion in enumerate(completions):
        for token, text in windows(completion, settings.width, settings.stride):
            cosine = [
                torch.cosine_similarity(images[i], code(found.lower()), dim=0) / settings.temperature
                for found in (text, *PROMPTS)
            ]
            named = Counter(VOCABULARY.words[word] for word in VOCABULARY.encode(text, unknown="drop").ids)
            if log_odds is not None:
                for number in range(3):
                    cosine[number + 1] += log_odds[i][number]
                total = sum(named[word] for word in ("dog", "hot dog", "cat"))
                for number, word in enumerate(("dog", "hot dog", "cat")):
                    cosine[0] += named[word] / max(total, 1) * log_odds[i][number]
            likelihood = torch.stack(cosine).log_softmax(0)[0]
            scores[i, token] = likelihood - settings.penalty * (named["beach"] + named["snow"])
            steps[i, token] = True
    return scores, steps


@pytest.mark.parametrize("form", ["printed", "mean", "potential"])
@pytest.mark.parametrize("stride", [1, 3])
def test_rewards_are_those_of_one_window_after_the_other(form, stride):
    settings = RewardSettings(width=3, stride=stride, temperature=0.3, penalty=0.7, form=form)
    images, completions, mask = some()
    completions[0] = written([0, 5, 6, 8, 6, 9], decode)
    mask[0] = torch.arange(12) < 6
    scores, steps = by_hand(images, completions, mask, settings)
    found = ProcessReward(WindowEncoder(encode), VOCABULARY, PROMPTS, settings)(images, completions, mask)
    assert torch.equal(found.steps, steps)
    torch.testing.assert_close(found.scores, scores)
    torch.testing.assert_close(found.rewards, process_rewards(scores, steps, mask, form=form))
    assert found.overlap[0, 2:5].tolist() == ([1, 1, 2] if stride == 1 else [1, 0, 2])


def test_a_balanced_scorer_corrects_classes_and_the_windows_that_name_them():
    settings = RewardSettings(width=2, temperature=0.3)
    images, completions, mask = some()
    law = [[0.3, 0.1], [0.1, 0.2], [0.1, 0.2]]
    contexts = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5], [0.9, 0.1]], dtype=torch.float64)
    classes = torch.stack([torch.cosine_similarity(images, code(prompt), dim=1) for prompt in PROMPTS], dim=1) / 0.3
    scores, _ = by_hand(images, completions, mask, settings, balancing_correction(classes, law, contexts))
    scorer = ProcessReward(WindowEncoder(encode), VOCABULARY, PROMPTS, settings, law=law)
    torch.testing.assert_close(scorer(images, completions, mask, contexts=contexts).scores, scores)


def test_patches_add_what_the_best_of_them_has():
    images, completions, mask = some()
    patches = torch.stack([torch.stack([code(f"patch {i} {m}") for m in range(3)]) for i in range(4)])
    without = ProcessReward(WindowEncoder(encode), VOCABULARY, PROMPTS, RewardSettings(width=2))
    having = ProcessReward(WindowEncoder(encode), VOCABULARY, PROMPTS, RewardSettings(width=2, patch_weight=0.5))
    gain = having(images, completions, mask, patches=patches).scores - without(images, completions, mask).scores
    for i, completion in enumerate(completions):
        for token, text in windows(completion, 2):
            best = max(torch.cosine_similarity(patch, code(text), dim=0).item() for patch in patches[i])
            assert gain[i, token].item() == pytest.approx(0.5 * best)


def test_normalised_scores_have_mean_zero():
    images, completions, mask = some()
    found = ProcessReward(WindowEncoder(encode), VOCABULARY, PROMPTS, RewardSettings(normalised=True))(
        images, completions, mask
    )
    assert found.scores[found.steps].mean().item() == pytest.approx(0, abs=1e-12)
    assert found.scores[found.steps].std(correction=0).item() == pytest.approx(1)


def test_texts_are_encoded_once_and_a_third_of_them_at_most():
    """Completions of a group share their windows; the rewards are those of an encoder asked for every window."""
    images, completions, mask = some(rows=16, tokens=24)
    settings, seen = RewardSettings(width=2), []
    encoder = WindowEncoder(lambda texts: (seen.extend(texts), encode(texts))[1], batch=5)
    scorer = ProcessReward(encoder, VOCABULARY, PROMPTS, settings)
    found = scorer(images, completions, mask)
    assert len(seen) == len(set(seen)) == encoder.encoded
    assert 3 * encoder.encoded <= int(found.steps.sum())
    torch.testing.assert_close(found.scores, by_hand(images, completions, mask, settings)[0])
    again = scorer(images, completions, mask)
    assert len(seen) == encoder.encoded
    assert torch.equal(again.scores, found.scores)
    encoder.forget()
    scorer(images, completions, mask)
    assert len(seen) == encoder.encoded == 2 * len(set(seen))


def test_the_oldest_codes_go_and_come_back_alike():
    encoder = WindowEncoder(encode, kept=2)
    first = encoder(["a", "b", "c"])
    assert torch.equal(encoder(["C ", "a"]), first[[2, 0]])
    assert (encoder.asked, encoder.encoded) == (5, 4)


def one(vocabulary=VOCABULARY, prompts=PROMPTS, **options):
    return ProcessReward(WindowEncoder(encode), vocabulary, prompts, RewardSettings(), **options)


REFUSED = {
    "2 prompts for 3 class words": lambda: one(prompts=PROMPTS[:2]),
    "0 prompts for 0 class words": lambda: one(Vocabulary({TokenRole.ENVIRONMENT: ("beach",)}), ()),
    "3 completions and 4 masks for 4 images": lambda: one()(some()[0], some()[1][:3], some()[2]),
    "contexts are missing and the law is given": lambda: one(law=[[0.5, 0.5]])(*some()),
    "contexts are given and the law is missing": lambda: one()(*some(), contexts=torch.ones(4, 2)),
    "batch is 0": lambda: WindowEncoder(encode, batch=0),
    "there are no texts": lambda: WindowEncoder(encode)([]),
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_be_scored_is_refused_with_the_reason(text):
    with pytest.raises(ValueError, match=re.escape(text)):
        REFUSED[text]()
