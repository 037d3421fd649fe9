"""The sentence-level model: the joint law of its samples, d-separation in its covariance, ceilings, determinism.

Each statistical test splits the suite's false-alarm rate over its p-values (Bonferroni).
"""

from itertools import chain, combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from scipy import stats

import scm.sentence
from scm import SentenceConfig, SentenceSCM
from scm.ceilings import covariances

REGRESSION_ROWS = 8000
QUICK = {"n_inv": 3, "n_dp": 2, "n_pr": 2, "condition_quantile": 0.1, "layers": 2}
GAUSSIAN = [  # models whose blocks are jointly Gaussian, one for each way in which blocks can depend
    {},
    {"invariant_law": "independent", "dependent_law": "independent"},
    {"invariant_law": "wishart", "dependent_noise": "wishart"},
    {"dependent_law": "wishart", "private_correlation": -0.6},
    {"style_change": 1.0},
    {"sharing_noise": 0.5, "private_correlation": 0.3},
    {"text_selects": (0, 2), "sharing_noise": 0.2},
    {"text_perturbs": (1,), "sharing_noise": 0.4, "style_change": 1.0},
]


def model(seed: int = 0, **fields: object) -> SentenceSCM:
    return SentenceSCM.draw(SentenceConfig(**(QUICK | fields)), rng=np.random.default_rng(seed))


def joint_covariance(scm: SentenceSCM) -> Float[np.ndarray, "d d"]:
    moments = covariances({name: (law.linear_mean(), law.average_covariance()) for name, law in scm.laws.items()})
    return np.block([[moments[a, b] for b in scm.laws] for a in scm.laws])


def columns_of(scm: SentenceSCM, block: str) -> slice:
    """Columns of a block among all latents side by side."""
    sizes = [law.dim for law in scm.laws.values()]
    first = sum(sizes[: list(scm.laws).index(block)])
    return slice(first, first + scm.laws[block].dim)


def two_sided(lower: Float[np.ndarray, "d"]) -> list[float]:
    return list(2 * np.minimum(lower, 1 - lower))


@pytest.mark.parametrize("fields", GAUSSIAN, ids=str)
def test_samples_have_the_exact_joint_law(fields: dict, false_alarm: float) -> None:
    """Whitened by the exact joint covariance, the latents are independent standard normals."""
    scm = model(seed=1, **fields)
    batch = scm.sample(4000, rng=np.random.default_rng(2))
    latents = np.concatenate([batch.latents[name] for name in scm.laws], axis=1)
    means: dict[str, np.ndarray] = {}
    for name, law in scm.laws.items():  # linear means, so the mean of the block is its mean at the parents' means
        means[name] = law.mean(means)
    offset = np.concatenate([means[name][0] for name in scm.laws])
    white = np.linalg.solve(np.linalg.cholesky(joint_covariance(scm)), (latents - offset).T).T
    n, d = white.shape
    p_values = [stats.kstest(column, "norm").pvalue for column in white.T]
    p_values += two_sided(stats.chi2.cdf((white**2).sum(axis=0), n))
    p_values += [stats.pearsonr(white[:, i], white[:, j]).pvalue for i, j in combinations(range(d), 2)]
    assert min(p_values) > false_alarm / len(p_values)


@pytest.mark.parametrize(
    "fields", [f for f in GAUSSIAN if "text_selects" not in f and "text_perturbs" not in f], ids=str
)
def test_d_separation_is_vanishing_partial_covariance(fields: dict) -> None:
    """For every pair of blocks and every condition: d-separated if and only if the partial covariance is zero.

    "If" is faithfulness, which holds for almost every draw; models with noiseless or redrawn coordinates are left out,
    because there some coordinates are independent although their blocks are not.
    """
    scm = model(seed=3, **fields)
    covariance = joint_covariance(scm)
    for a, b in combinations(scm.laws, 2):
        rest = [name for name in scm.laws if name not in (a, b)]
        for condition in chain.from_iterable(combinations(rest, size) for size in range(len(rest) + 1)):
            rows, columns = columns_of(scm, a), columns_of(scm, b)
            partial = covariance[rows, columns]
            if condition:
                given = np.r_[tuple(np.r_[columns_of(scm, name)] for name in condition)]
                inverse = np.linalg.inv(covariance[np.ix_(given, given)])
                partial = partial - covariance[rows][:, given] @ inverse @ covariance[given][:, columns]
            assert scm.graph.d_separated(a, b, condition) == (np.abs(partial).max() < 1e-10), (a, b, condition)


@pytest.mark.parametrize("fields", GAUSSIAN, ids=str)
def test_ceilings_are_the_r2_of_regression_on_samples(fields: dict, false_alarm: float) -> None:
    """The residual sum of squares of a regression with k inputs is (1 - R^2) Var t_j chi^2_{n - k - 1}, exactly."""
    scm = model(seed=4, **fields)
    batch = scm.sample(REGRESSION_ROWS, rng=np.random.default_rng(5))
    variances = np.diag(joint_covariance(scm))
    p_values: list[float] = []
    for target in scm.laws:
        conditions = [(name,) for name in scm.laws if name != target]
        for condition in [*conditions, ("z_inv", "z_dp_tex"), ("z_dp_img", "z_pr_img"), ("x_tex",)]:
            ceiling = scm.ceiling(target, condition)
            blocks = scm.graph.parents("x_tex") if condition == ("x_tex",) else condition
            if target in blocks:
                np.testing.assert_array_equal(ceiling, 1.0)
                continue
            inputs = np.concatenate([np.ones((len(batch), 1)), *[batch.latents[block] for block in blocks]], axis=1)
            outputs = batch.latents[target]
            fit, _, rank, _ = np.linalg.lstsq(inputs, outputs, rcond=None)
            squares = np.sum((outputs - inputs @ fit) ** 2, axis=0)
            noise = (1 - ceiling) * variances[columns_of(scm, target)]
            determined = noise < 1e-9
            assert np.all(squares[determined] < 1e-9 * len(batch))
            p_values += two_sided(stats.chi2.cdf(squares[~determined] / noise[~determined], len(batch) - rank))
    assert min(p_values) > false_alarm / len(p_values)
    assert len(p_values) < 300


def test_a_wrong_ceiling_would_be_noticed(false_alarm: float) -> None:
    """The test above would reject a ceiling of 0.50 stated as 0.55: its chi-square is that sharp."""
    residual = REGRESSION_ROWS * 0.5 / 0.45
    assert 2 * stats.chi2.sf(residual, REGRESSION_ROWS) < false_alarm / 300


def test_style_ceilings_have_the_published_form() -> None:
    """Independent content, s = a + B c + eps: R^2_j = |B_j|^2 / (1 + |B_j|^2 [+ p for the changed style])."""
    scm = model(seed=6, invariant_law="independent", style_change=0.75, n_inv=5, n_dp=5)
    squares = (scm.laws["z_dp_img"].weights["z_inv"] ** 2).sum(axis=1)
    np.testing.assert_allclose(scm.ceiling("z_dp_img"), squares / (1 + squares), atol=1e-12)
    np.testing.assert_allclose(scm.ceiling("z_dp_tex"), squares / (1 + squares + 0.75), atol=1e-12)


def test_a_style_that_never_changes_is_shared_like_content() -> None:
    scm = model(style_change=0.0)
    batch = scm.sample(50, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(batch.latents["z_dp_tex"], batch.latents["z_dp_img"])
    np.testing.assert_allclose(scm.ceiling("z_dp_img", "z_dp_tex"), 1.0, atol=1e-12)
    np.testing.assert_allclose(scm.ceiling("z_dp_tex"), scm.ceiling("z_dp_img"), atol=1e-12)
    np.testing.assert_allclose(scm.ceiling("z_dp_img", "x_tex"), 1.0, atol=1e-12)


def test_ceilings_of_single_departures_from_the_assumptions() -> None:
    """Noise sd on a unit copy: 1 / (1 + sd^2); correlation rho: rho^2; omitted coordinates: what the others tell."""
    noisy = model(invariant_law="independent", sharing_noise=0.5)
    np.testing.assert_allclose(noisy.ceiling("z_inv", "z_inv_text"), 1 / 1.25, atol=1e-12)
    np.testing.assert_allclose(noisy.ceiling("z_inv", ("x_tex",)), 1 / 1.25, atol=1e-12)
    correlated = model(private_correlation=-0.6)
    np.testing.assert_allclose(correlated.ceiling("z_pr_tex", "x_img"), 0.36, atol=1e-12)
    np.testing.assert_array_equal(correlated.ceiling("z_pr_tex", ("z_inv", "z_dp_img")), 0.0)
    selecting = model(text_selects=(0, 2))
    covariance = selecting.laws["z_inv"].covariance({})
    kept = np.ix_((0, 2), (0, 2))
    omitted = covariance[1, [0, 2]] @ np.linalg.inv(covariance[kept]) @ covariance[[0, 2], 1] / covariance[1, 1]
    np.testing.assert_allclose(selecting.ceiling("z_inv", "z_inv_text"), [1, omitted, 1], atol=1e-12)
    np.testing.assert_allclose(selecting.ceiling("z_inv", "z_inv", {"z_inv": (0, 2)}), [1, omitted, 1], atol=1e-12)
    exact = model()
    np.testing.assert_array_equal(exact.ceiling("z_inv", "z_inv_text"), 1.0)
    np.testing.assert_array_equal(exact.ceiling("z_inv_text", "z_inv"), 1.0)
    np.testing.assert_allclose(
        exact.ceiling("z_dp_img", "z_inv_text", {"z_inv_text": (1,)}),
        exact.ceiling("z_dp_img", "z_inv", {"z_inv": (1,)}),
    )


def test_given_blocks_that_tell_nothing_more_do_not_spoil_the_closed_form() -> None:
    """z_dp_tex is a mixture of Gaussians, but given z_dp_img it says nothing about the content or the image."""
    scm = model(style_change=0.5)
    np.testing.assert_allclose(scm.ceiling("z_inv", ("z_dp_tex", "z_dp_img")), scm.ceiling("z_inv", "z_dp_img"))
    np.testing.assert_array_equal(scm.ceiling("z_pr_img", ("z_inv", "z_dp_tex")), 0.0)


def test_a_part_of_the_noisy_copy_tells_what_that_part_says() -> None:
    """S_jk^2 / (S_jj (S_kk + sd^2)) for coordinate j of the content given coordinate k of the copy."""
    scm = model(sharing_noise=0.5)
    covariance = scm.laws["z_inv"].covariance({})
    expected = covariance[:, 1] ** 2 / (np.diag(covariance) * (covariance[1, 1] + 0.25))
    np.testing.assert_allclose(scm.ceiling("z_inv", "z_inv_text", {"z_inv_text": (1,)}), expected, atol=1e-12)


def test_content_laws_are_what_the_configuration_says() -> None:
    small = {"n_inv": 4, "n_dp": 0, "n_pr": 0, "condition_quantile": 1.0}
    draws = {
        name: [model(seed, invariant_law=name, **small).laws["z_inv"].covariance({}) for seed in range(30)]
        for name in ("independent", "correlated", "wishart")
    }
    assert all(np.array_equal(draw, np.eye(4)) for draw in draws["independent"])
    smallest = [np.linalg.eigvalsh(draw)[0] for draw in draws["correlated"]]
    assert min(smallest) >= 0.2  # 0.8 R + 0.2 I
    assert min(smallest) < 0.3
    assert all(np.allclose(np.diag(draw), 1) for draw in draws["correlated"])
    assert all(np.trace(draw) == pytest.approx(4) for draw in draws["wishart"])
    assert not any(np.allclose(np.diag(draw), 1) for draw in draws["wishart"])


def test_dependent_laws_are_what_the_configuration_says(false_alarm: float) -> None:
    draws = [model(seed, condition_quantile=1.0, dependent_noise="wishart").laws for seed in range(30)]
    weights = np.array([laws[name].weights["z_inv"] for laws in draws for name in ("z_dp_img", "z_dp_tex")]).ravel()
    offsets = np.array([laws[name].offset for laws in draws for name in ("z_dp_img", "z_dp_tex")]).ravel()
    p_values = [stats.kstest(values, "norm").pvalue for values in (weights, offsets)]
    assert min(p_values) > false_alarm / 2
    assert all(np.trace(laws["z_dp_img"].noise_covariance) == pytest.approx(2) for laws in draws)
    assert not np.allclose(draws[0]["z_dp_img"].noise_covariance, np.eye(2))
    causal, sine = model().laws["z_dp_tex"], model(dependent_law="nonlinear").laws["z_dp_tex"]
    for law in (causal, sine):
        assert law.parents == ("z_inv",)
        assert np.array_equal(law.noise_covariance, np.eye(2))
    assert np.array_equal(sine.weight, causal.weights["z_inv"])
    for name in ("independent", "wishart"):
        law = model(dependent_law=name).laws["z_dp_tex"]
        assert law.parents == ()
        assert not law.offset.any()
        assert np.array_equal(law.noise_covariance, np.eye(2)) == (name == "independent")


@given(seed=st.integers(0, 2**32 - 1), fields=st.sampled_from(GAUSSIAN))
@settings(max_examples=10)
def test_ceilings_lie_in_the_unit_interval_and_grow_with_what_is_given(seed: int, fields: dict) -> None:
    scm = model(seed, **fields)
    for target in scm.laws:
        last = np.zeros(scm.laws[target].dim)
        for count in range(1, len(scm.laws) + 1):
            ceiling = scm.ceiling(target, tuple(scm.laws)[:count])
            assert np.all(ceiling <= 1 + 1e-12)
            assert np.all(ceiling >= last - 1e-9)
            last = ceiling


def gauss_hermite(points: int = 80) -> tuple[Float[np.ndarray, "q"], Float[np.ndarray, "q"]]:
    """Nodes and weights of the expectation under N(0, 1)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(points)
    return nodes, weights / weights.sum()


@pytest.mark.parametrize("given", ["z_inv", "z_inv_text"])
def test_sine_ceilings_agree_with_quadrature(given: str) -> None:
    """One content coordinate, a noisy copy of it: Var E[t | g] / Var t by nested Gauss-Hermite quadrature."""
    scm = model(seed=8, n_inv=1, invariant_law="independent", dependent_law="nonlinear", sharing_noise=0.7)
    weight = scm.laws["z_dp_img"].weight[:, 0]
    nodes, weights = gauss_hermite()
    noise = 0.49 if given == "z_inv_text" else 0.0
    # z = m + r e with m = E[z | g] ~ N(0, 1 / (1 + noise)) and r^2 = Var[z | g] = noise / (1 + noise).
    mean, spread = nodes / np.sqrt(1 + noise), np.sqrt(noise / (1 + noise))
    inner = np.einsum("q,pqj->pj", weights, np.sin(2 * (mean[:, None] + spread * nodes)[:, :, None] * weight))
    explained = weights @ inner**2
    variance = weights @ np.sin(2 * nodes[:, None] * weight) ** 2 + 1
    np.testing.assert_allclose(scm.ceiling("z_dp_img", given), explained / variance, atol=1e-9)


def test_sine_ceilings_of_both_styles_agree_with_samples(false_alarm: float) -> None:
    """E[t | z]^2 - R^2 t^2 has mean zero, for the sine style and for the style that changes it."""
    scm = model(seed=9, dependent_law="nonlinear", style_change=0.5, n_inv=2)
    batch = scm.sample(40_000, rng=np.random.default_rng(10))
    explained = scm.laws["z_dp_img"].mean(batch.latents) ** 2
    terms = [explained - scm.ceiling(target) * batch.latents[target] ** 2 for target in ("z_dp_img", "z_dp_tex")]
    z_scores = [np.sqrt(len(batch)) * term.mean(axis=0) / term.std(axis=0) for term in terms]
    assert np.abs(z_scores).max() < stats.norm.isf(false_alarm / (2 * np.size(z_scores)))


def test_ceilings_without_closed_form_say_so_and_name_the_reason() -> None:
    with pytest.raises(ValueError, match=r"no closed form: \['z_dp_tex'\] are not linear .* use ceiling_estimate\(\)"):
        model(style_change=0.5).ceiling("z_dp_img", "z_dp_tex")
    with pytest.raises(ValueError, match=r"no closed form: \['z_dp_img'\] are not linear"):
        model(dependent_law="nonlinear").ceiling("z_inv", "z_dp_img")
    perturbed = model(dependent_law="nonlinear", text_perturbs=(0,), perturb_probability=0.5)
    with pytest.raises(ValueError, match="its mean is not a sine of a Gaussian block"):
        perturbed.ceiling("z_dp_tex", "z_inv")
    with pytest.raises(ValueError, match=r"asked with \['z_q'\], which are no given blocks of this model"):
        model().ceiling("z_q")
    with pytest.raises(ValueError, match=r"asked with \['z_pr_img'\]"):
        model().ceiling("z_inv", "z_dp_img", {"z_pr_img": (0,)})
    with pytest.raises(ValueError, match=r"coordinates \(0, 3\) of z_inv given, expected some of 0 ... 2"):
        model().ceiling("z_dp_img", "z_inv", {"z_inv": (0, 3)})
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"it involves 11 gates \(at most 10"):
        model(n_dp=11, style_change=0.5).ceiling_estimate("z_dp_img", "z_dp_tex", rng=rng)


def test_estimated_ceilings_agree_with_closed_forms_and_quadrature(false_alarm: float) -> None:
    rng = np.random.default_rng(11)
    z_scores = []
    changed = model(seed=12, style_change=0.6)
    estimate = changed.ceiling_estimate("z_dp_tex", "z_inv", rng=rng)  # gates on the target side: closed form known
    z_scores += list((estimate.value - changed.ceiling("z_dp_tex", "z_inv")) / estimate.standard_error)
    # Redraws of independent coordinates: the gate is invisible in the copy, so E[z_j | copy] = (1 - p) copy_j.
    redrawn = model(invariant_law="independent", text_perturbs=(0, 2), perturb_probability=0.3)
    estimate = redrawn.ceiling_estimate("z_inv", "z_inv_text", rng=rng)
    z_scores += list((estimate.value - [0.49, 1.0, 0.49]) / estimate.standard_error)
    # One style coordinate, s ~ N(0, 1), s' = s + b e: E[s | s'] = s' (1 - P(b | s') / 2), by quadrature over s'.
    single = model(n_dp=1, dependent_law="independent", style_change=0.4)
    grid = np.linspace(-12, 12, 4001)
    closed, opened = 0.6 * stats.norm.pdf(grid), 0.4 * stats.norm.pdf(grid, scale=np.sqrt(2))
    mean = grid * (closed + opened / 2) / (closed + opened)
    exact = np.sum(mean**2 * (closed + opened)) * (grid[1] - grid[0])
    estimate = single.ceiling_estimate("z_dp_img", "z_dp_tex", rng=rng)
    z_scores += list((estimate.value - exact) / estimate.standard_error)
    assert np.abs(z_scores).max() < stats.norm.isf(false_alarm / (2 * len(z_scores)))
    # A linear predictor explains strictly less than the mixture's conditional mean.
    assert exact > 1 / 1.4 + 1e-3


@given(
    seed=st.integers(0, 2**32 - 1),
    fields=st.sampled_from([*GAUSSIAN, {"dependent_law": "nonlinear", "style_change": 0.5}]),
    kind=st.sampled_from(["leaky", "smooth", "linear"]),
)
@settings(max_examples=20)
def test_each_observation_determines_its_blocks(seed: int, fields: dict, kind: str) -> None:
    scm = model(seed, **(fields | {"mixing_kind": kind}))
    batch = scm.sample(50, rng=np.random.default_rng(seed))
    content = "z_inv_text" if "z_inv_text" in batch.latents else "z_inv"
    for observation, mixing, names in (
        (batch.image, scm.image_mixing, ("z_inv", "z_dp_img", "z_pr_img")),
        (batch.text, scm.text_mixing, (content, "z_dp_tex", "z_pr_tex")),
    ):
        latents = np.concatenate([batch.latents[name] for name in names], axis=1)
        np.testing.assert_allclose(mixing.inverse(observation), latents, rtol=0, atol=1e-9)
    assert set(batch.conditionals) == set(batch.latents) == set(scm.laws)
    assert batch.graph is scm.graph
    assert len(batch) == 50


def test_observations_have_unit_scale_by_constants_of_the_draw() -> None:
    for fields in ({}, {"shared_mixing": True}):
        scm = model(seed=13, **fields)
        batch = scm.sample(20_000, rng=np.random.default_rng(14))
        pooled = [np.concatenate([batch.image, batch.text])] if fields else [batch.image, batch.text]
        for observations in pooled:  # two samples of 20,000: the standard error is near 0.01
            np.testing.assert_allclose(observations.std(axis=0), 1, atol=0.1)
            np.testing.assert_allclose(observations.mean(axis=0), 0, atol=0.1)
    assert scm.image_mixing is scm.text_mixing


def test_the_same_seed_gives_identical_models_and_samples() -> None:
    for fields in ({}, {"style_change": 0.5, "sharing_noise": 0.1}):
        first, second = (model(15, **fields).sample(100, rng=np.random.default_rng(16)) for _ in range(2))
        other_sample = model(15, **fields).sample(100, rng=np.random.default_rng(17))
        other_model = model(18, **fields).sample(100, rng=np.random.default_rng(16))
        for name in first.latents:
            assert np.array_equal(first.latents[name], second.latents[name])
        assert np.array_equal(first.image, second.image)
        assert np.array_equal(first.text, second.text)
        for other in (other_sample, other_model):
            assert not np.allclose(first.image, other.image)
            assert not np.allclose(first.text, other.text)


def test_laws_do_not_depend_on_the_mixing_fields() -> None:
    """Laws and mixings have streams of their own, so models that differ in the mixing alone share their latents."""
    plain, deep = model(19), model(19, layers=3, mixing_kind="smooth")
    a, b = (scm.sample(20, rng=np.random.default_rng(20)) for scm in (plain, deep))
    assert all(np.array_equal(a.latents[name], b.latents[name]) for name in a.latents)
    assert not np.allclose(a.image, b.image)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_do_not_depend_on_the_number_of_rows_or_the_block_size(
    dtype: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    scm_model = model(21, style_change=0.5, text_perturbs=(0,), perturb_probability=0.5, sharing_noise=0.3)
    long = scm_model.sample(1000, rng=np.random.default_rng(22), dtype=dtype)
    short = scm_model.sample(37, rng=np.random.default_rng(22), dtype=dtype)
    monkeypatch.setattr(scm.sentence, "BLOCK_ROWS", 77)
    blocks = scm_model.sample(1000, rng=np.random.default_rng(22), dtype=dtype)
    rounding = 100 * np.finfo(dtype).eps
    for other in (short, blocks):
        n = len(other)
        assert other.image.dtype == other.text.dtype == dtype
        np.testing.assert_allclose(other.image, long.image[:n], atol=rounding)
        np.testing.assert_allclose(other.text, long.text[:n], atol=rounding)
        for name, values in other.latents.items():
            assert values.dtype == dtype
            np.testing.assert_allclose(values, long.latents[name][:n], atol=rounding)


def test_empty_blocks_are_left_out() -> None:
    scm_model = model(n_dp=0, n_pr=0)
    assert list(scm_model.laws) == ["z_inv"]
    assert set(scm_model.graph.edges) == {("z_inv", "x_img"), ("z_inv", "x_tex")}
    assert scm_model.sample(5, rng=np.random.default_rng(0)).image.shape == (5, 3)


def test_graphs_show_what_the_configuration_says() -> None:
    plain = model().graph
    assert plain.d_separated({"z_dp_img", "z_pr_img"}, {"z_dp_tex", "z_pr_tex"}, "z_inv")
    assert ("z_inv", "x_tex") in plain.edges
    changed = model(style_change=1.0).graph
    assert not changed.d_separated("z_dp_img", "z_dp_tex", "z_inv")
    assert not model(private_correlation=0.1).graph.d_separated("z_pr_img", "z_pr_tex")
    noisy = model(sharing_noise=0.1).graph
    assert noisy.parents("x_tex")[0] == "z_inv_text"
    assert noisy.d_separated("z_inv", "x_tex", "z_inv_text")  # the text knows of the content what its copy says
    assert model(text_selects=(1,)).graph.variables["z_inv_text"].dim == 1
