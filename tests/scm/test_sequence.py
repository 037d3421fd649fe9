from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from scm.finite import tabular
from scm.grammar import simplex_code
from scm.graph import Role
from scm.sequence import TokenConfig, TokenSCM
from scm.tokens import PADDING, TokenRole, prune_batch

QUICK = TokenConfig(condition_quantile=0.05)

seeds = st.integers(0, 2**32 - 1)
# built inside the tests: the type checker draws from the global random state, which strategies must not touch
fields = st.fixed_dictionaries(
    {
        "discrete_content": st.integers(1, 3),
        "levels": st.integers(2, 4),
        "continuous_dim": st.integers(0, 3),
        "context_levels": st.sampled_from([0, 2, 3]),
        "context_strength": st.floats(0, 1),
        "private_tokens": st.integers(0, 2),
        "private_strength": st.floats(0, 1),
        "dependent_dim": st.integers(0, 2),
        "private_dim": st.integers(0, 2),
        "token_noise": st.sampled_from([0.0, 0.25]),
        "keep_probability": st.sampled_from([1.0, 0.5]),
        "order": st.sampled_from(["shuffled", "fixed"]),
        "mixing_kind": st.sampled_from(["leaky", "smooth", "linear"]),
    }
)


def draw(config: TokenConfig = QUICK, seed: int = 0) -> TokenSCM:
    return TokenSCM.draw(config, rng=np.random.default_rng(seed))


def test_the_default_is_the_documented_setting():
    model = draw()
    batch = model.sample(64, rng=np.random.default_rng(1))
    assert batch.text.shape == (64, 6, 12)
    assert batch.image.shape == (64, 2 * 3 + 2 + 2 + 2)
    counts = [np.count_nonzero(batch.roles == role.number, axis=1).tolist() for role in TokenRole]
    assert counts == [[3] * 64, [1] * 64, [2] * 64, [0] * 64]
    content = ("content_0", "content_1")
    assert model.accuracy_ceiling("context", content) == pytest.approx(0.7 + 0.3 / 4, abs=1e-12)
    assert model.accuracy_ceiling("private_0", content) == pytest.approx(0.25, abs=1e-12)
    assert model.accuracy_ceiling("private_1", "private_0") == pytest.approx(0.25, abs=1e-12)
    assert model.accuracy_ceiling("content_0", ("token_content_0", "context")) == pytest.approx(1.0, abs=1e-12)
    binary = draw(replace(QUICK, context_levels=2))
    assert binary.accuracy_ceiling("context", "content_0") == pytest.approx(0.7 + 0.3 / 2, abs=1e-12)
    dependent = draw(replace(QUICK, private_strength=0.6))
    assert dependent.accuracy_ceiling("private_1", "private_0") == pytest.approx(0.6 + 0.4 / 4, abs=1e-12)


@settings(deadline=None, max_examples=10)
@given(fields, seeds)
def test_image_and_caption_determine_their_latents(values, seed):
    """The mixings are inverted exactly, from image and token vectors back to codes, values and slots."""
    config = TokenConfig(**values, token_dim=13, condition_quantile=0.1)
    model = draw(config, seed)
    batch = model.sample(50, rng=np.random.default_rng(seed))
    np.testing.assert_allclose(
        model.image_mixing.inverse(batch.image), model.image_latents(batch.latents), atol=1e-7, rtol=1e-7
    )
    assert batch.mask is not None
    assert not batch.text[~batch.mask].any()
    np.testing.assert_array_equal(batch.mask, np.arange(batch.mask.shape[1]) < batch.mask.sum(axis=1)[:, None])
    first = 0
    for position, slot in enumerate(model.slots):
        here = (batch.tokens >= first) & (batch.tokens < first + len(slot.words))
        first += len(slot.words)
        written = np.ones(50, bool) if slot.kept is None else batch.latents[slot.kept] == 1
        np.testing.assert_array_equal(here.sum(axis=1), written)
        vectors = model.token_mixings[slot.kind].inverse(batch.text[here])
        value = batch.latents[slot.variable][written]
        code = value if slot.kind == "continuous" else simplex_code(len(slot.words))[value]
        start = len(model.slots)
        np.testing.assert_allclose(vectors[:, start : start + code.shape[1]], code, atol=1e-7)
        assert (np.argmax(vectors[:, :start], axis=1) == position).all()
        if slot.kind != "continuous":
            np.testing.assert_array_equal(batch.tokens[here] - (first - len(slot.words)), value)


@settings(deadline=None, max_examples=10)
@given(fields, seeds)
def test_tokens_are_drawn_in_order_from_content_and_earlier_tokens(false_alarm, values, seed):
    """Assumption 4: a token's parents are content or earlier tokens, and its sampled conditional is the exact one."""
    config = TokenConfig(**values, token_dim=13, condition_quantile=0.1)
    model = draw(config, seed)
    batch = model.sample(4000, rng=np.random.default_rng(seed))
    seen = set(config.content_names)
    for name, law in model.caption_law().items():
        assert set(law.parents) <= seen
        seen.add(name)
        expected = law.probabilities(batch.latents)
        rows = np.broadcast_to(expected, (4000, expected.shape[1]))
        assert (np.take_along_axis(rows, batch.latents[name][:, None], axis=1) > 0).all()
        # z-test of the count of each level in each row of the table, given the parents
        parent = np.zeros(4000, int)
        if law.parents:
            parent = np.ravel_multi_index([batch.latents[p] for p in law.parents], law.table.shape[:-1])
        for row in np.unique(parent):
            here = batch.latents[name][parent == row]
            for level, p in enumerate(law.table.reshape(-1, expected.shape[1])[row]):
                tail = stats.binomtest(int((here == level).sum()), len(here), float(np.clip(p, 0, 1))).pvalue
                assert tail > false_alarm / 1000
    assert batch.conditionals.keys() == batch.latents.keys()


def test_t_det_holds_without_token_noise_and_fails_with_it():
    """(T-det): the caption determines the content, H(content | tokens) = 0; a redrawn class token breaks it."""
    for noise in (0.0, 0.1):
        model = draw(replace(QUICK, token_noise=noise, levels=3, private_tokens=1))
        law = model.finite()
        lost = law.entropy(("content_0", "content_1"), tuple(model.caption_law()))
        # a uniform channel that keeps its input with probability 1 - noise + noise / levels, for each of two tokens
        keep = 1 - noise + noise / 3
        channel = -keep * np.log(keep) - (2 * noise / 3 * np.log(noise / 3) if noise else 0)
        assert lost == pytest.approx(2 * channel, abs=1e-12)
    assert lost > 0.5


def test_context_follows_the_earlier_token_and_not_the_latent():
    model = draw(replace(QUICK, token_noise=0.3))
    law = model.finite()
    assert law.independent("context", "content_0", "token_content_0")
    assert not law.independent("context", "content_0")
    assert model.accuracy_ceiling("context", "token_content_0") == pytest.approx(0.775, abs=1e-12)
    assert model.accuracy_ceiling("context", "content_0") < 0.775


def test_dependent_ceiling_agrees_with_least_squares(false_alarm):
    model = draw()
    batch = model.sample(40_000, rng=np.random.default_rng(5))
    content = np.column_stack([model.image_latents(batch.latents)[:, :8], np.ones(len(batch))])
    target = batch.latents["z_dp_img"]
    residual = target - content @ np.linalg.lstsq(content, target, rcond=None)[0]
    measured = 1 - residual.var(axis=0) / target.var(axis=0)
    # d R2 = (1 - R2) times the relative error of a variance ratio, sd at most 2 sqrt(2 / n)
    bound = stats.norm.isf(false_alarm / 4) * 2 * np.sqrt(2 / 40_000) * (1 - model.r2_ceiling())
    assert (np.abs(measured - model.r2_ceiling()) < bound).all()


def test_shuffled_captions_are_exchangeable_and_fixed_ones_in_drawing_order(false_alarm):
    fixed = draw(replace(QUICK, order="fixed", keep_probability=0.5)).sample(200, rng=np.random.default_rng(0))
    for row in fixed.tokens:
        assert all(a < b for a, b in pairwise(row[row != PADDING]))
    shuffled = draw().sample(24_000, rng=np.random.default_rng(0))
    place = np.argmax(shuffled.roles == TokenRole.ENVIRONMENT.number, axis=1)
    counts = np.bincount(place, minlength=6)
    assert stats.chisquare(counts).pvalue > false_alarm


@pytest.mark.parametrize("order", ["shuffled", "fixed"])
def test_captions_of_unequal_length_are_padded_at_the_end(order, false_alarm):
    batch = draw(replace(QUICK, order=order, keep_probability=0.5)).sample(2000, rng=np.random.default_rng(0))
    lengths = batch.mask.sum(axis=1)
    np.testing.assert_array_equal(batch.mask, np.arange(6) < lengths[:, None])
    for array in (batch.tokens, batch.roles):
        np.testing.assert_array_equal(array == PADDING, ~batch.mask)
    assert not batch.text[~batch.mask].any()
    kept = sum(batch.latents[f"kept_{name}"] for name in ("context", "private_0", "private_1"))
    np.testing.assert_array_equal(lengths, 3 + kept)
    assert stats.chisquare(np.bincount(kept, minlength=4), 2000 * np.array([1, 3, 3, 1]) / 8).pvalue > false_alarm


def test_same_seed_same_batch_and_float32_is_single_precision():
    model = draw()
    first, second = (model.sample(300, rng=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.text, second.text)
    np.testing.assert_array_equal(first.image, second.image)
    single = model.sample(300, rng=np.random.default_rng(7), dtype=np.float32)
    assert {single.text.dtype, single.image.dtype, single.latents["z_dp_img"].dtype} == {np.dtype(np.float32)}


def test_a_row_depends_on_its_own_noise_alone():
    """The first rows of a longer sample are those of a shorter one, across the blocks of the sampler."""
    model = draw()
    long, short = (model.sample(n, rng=np.random.default_rng(7)) for n in (5000, 4200))
    np.testing.assert_array_equal(long.tokens[:4200], short.tokens)
    np.testing.assert_allclose(long.image[:4200], short.image, atol=1e-12)
    with pytest.raises(ValueError, match="n=0, expected an integer >= 1"):
        model.sample(0, rng=np.random.default_rng(7))


def test_an_intervention_with_the_same_seed_is_the_counterfactual():
    model = draw(replace(QUICK, keep_probability=0.5))
    fact = model.sample(500, rng=np.random.default_rng(3))
    counter = model.sample(500, rng=np.random.default_rng(3), interventions={"content_0": 1})
    below = {"content_0", "token_content_0", "context", "z_dp_img"}
    for name, value in fact.latents.items():
        assert np.array_equal(value, counter.latents[name]) == (name not in below)
    same = fact.latents["content_0"] == 1
    np.testing.assert_array_equal(fact.text[same], counter.text[same])
    np.testing.assert_array_equal(fact.mask, counter.mask)


def test_interventions_set_their_variable_and_move_only_what_follows(false_alarm):
    model = draw()
    batch = model.sample(3000, rng=np.random.default_rng(1), interventions={"token_content_0": 2})
    assert (batch.latents["token_content_0"] == 2).all()
    assert len(np.unique(batch.latents["content_0"])) == 4
    agree = (batch.latents["context"] == 2).mean()
    assert stats.binomtest(round(agree * 3000), 3000, 0.775).pvalue > false_alarm
    assert batch.graph.parents("token_content_0") == ()
    assert "token_content_0" not in batch.conditionals
    place = np.array([0.5, -1.0])
    moved = model.sample(4, rng=np.random.default_rng(1), interventions={"content_continuous": place})
    np.testing.assert_allclose(moved.latents["content_continuous"], np.tile(place, (4, 1)))
    with pytest.raises(ValueError, match=r"do\(colour\) is not possible: the variables are \['content_0'"):
        model.sample(4, rng=np.random.default_rng(1), interventions={"colour": 1})
    with pytest.raises(ValueError, match=r"do\(context\) got values outside the levels 0\.\.3"):
        model.sample(4, rng=np.random.default_rng(1), interventions={"context": 4})
    with pytest.raises(ValueError, match=r"shape \(3,\), expected a constant or shape \(4,\)"):
        model.sample(4, rng=np.random.default_rng(1), interventions={"context": np.zeros(3, int)})


def test_another_environment_keeps_mixings_and_changes_one_mechanism():
    model = draw()
    flipped = tabular("context", Role.CONTEXT, np.roll(np.eye(4), 1, axis=1), "token_content_0", observed=True)
    other = model.replace(flipped)
    batch = other.sample(50, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(batch.latents["context"], (batch.latents["content_0"] + 1) % 4)
    assert other.image_mixing is model.image_mixing
    assert other.accuracy_ceiling("context", "content_0") == pytest.approx(1.0)
    with pytest.raises(ValueError, match="'context' has 4 levels, each with its word or code, not 3"):
        model.replace(tabular("context", Role.CONTEXT, np.full(3, 1 / 3)))
    with pytest.raises(ValueError, match=r"'token_content_0' cannot depend on \['context'\]: .*Assumption 4"):
        model.replace(tabular("token_content_0", Role.TOKEN, np.eye(4), "context"))


def test_an_environment_shown_in_the_image_can_be_read_from_it():
    model = draw(replace(QUICK, context_in_image=True))
    batch = model.sample(30, rng=np.random.default_rng(0))
    code = model.image_mixing.inverse(batch.image)[:, 6:9]
    np.testing.assert_allclose(code, simplex_code(4)[batch.latents["context"]], atol=1e-8)
    assert model.graph.d_separated("context", "x_img", "content_0") is False
    assert draw().graph.d_separated("context", "x_img", ["content_0", "content_1"]) is True


def test_pruning_a_batch_removes_exactly_the_environment_tokens():
    model = draw(replace(QUICK, keep_probability=0.7))
    batch = model.sample(200, rng=np.random.default_rng(0))
    pruned = prune_batch(batch, TokenRole.ENVIRONMENT)
    for i in range(200):
        kept = [j for j in range(6) if batch.mask[i, j] and batch.roles[i, j] != TokenRole.ENVIRONMENT.number]
        assert pruned.mask[i].tolist() == [True] * len(kept) + [False] * (6 - len(kept))
        np.testing.assert_array_equal(pruned.tokens[i, : len(kept)], batch.tokens[i, kept])
        np.testing.assert_array_equal(pruned.text[i, : len(kept)], batch.text[i, kept])
        assert not pruned.text[i, len(kept) :].any()


@pytest.mark.parametrize("levels", [2, 3, 7])
def test_simplex_code_is_equidistant_and_standardised(levels):
    code = simplex_code(levels)
    np.testing.assert_allclose(code.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(code.T @ code / levels, np.eye(levels - 1), atol=1e-12)
    distances = np.linalg.norm(code[:, None] - code[None], axis=2)[~np.eye(levels, dtype=bool)]
    np.testing.assert_allclose(distances, np.sqrt(2 * levels), atol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"levels": 1}, "levels=1, expected an integer >= 2"),
        ({"context_strength": 1.2}, r"context_strength=1\.2, expected a probability"),
        ({"context_levels": 1}, "context_levels=1, expected 0"),
        ({"keep_probability": 0.0}, "keep_probability=0 never writes"),
        ({"context_in_image": True, "context_levels": 0}, "context_in_image=True needs an environment"),
        ({"token_dim": 8}, "token_dim=8 is too short: 6 slots and a value of 3 coordinates need 9"),
    ],
)
def test_a_config_outside_its_range_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        TokenConfig(**change)


def test_an_unknown_order_is_refused_without_the_type_checker_too():
    config = replace(QUICK)
    object.__setattr__(config, "order", "random")
    with pytest.raises(ValueError, match="order='random', expected 'shuffled' or 'fixed'"):
        config.__post_init__()


def test_ceilings_refuse_what_they_cannot_answer():
    model = draw(replace(QUICK, dependent_dim=0))
    with pytest.raises(ValueError, match="no z_dp_img"):
        model.r2_ceiling()
    with pytest.raises(ValueError, match="both asked for and given"):
        model.accuracy_ceiling("context", "context")
    with pytest.raises(ValueError, match="content_continuous"):
        model.accuracy_ceiling("context", "content_continuous")
