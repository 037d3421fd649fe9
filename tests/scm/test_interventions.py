"""Interventions: mutilated graphs, counterfactual rows from the same seed, content no longer shared, refusals."""

import numpy as np
import pytest
from scipy import stats

from scm import Batch, SentenceConfig, SentenceSCM
from scm.interventions import Do, Intervention, PermutedContent, RescaledDependence

QUICK = {"n_inv": 3, "n_dp": 2, "n_pr": 2, "condition_quantile": 0.1}


def model(**fields: object) -> SentenceSCM:
    return SentenceSCM.draw(SentenceConfig(**(QUICK | fields)), rng=np.random.default_rng(0))


def pair(
    scm: SentenceSCM, interventions: dict[str, Intervention | np.ndarray | float], n: int = 6000
) -> tuple[Batch, Batch]:
    """The sample without and with the interventions, from the same seed."""
    plain = scm.sample(n, rng=np.random.default_rng(1))
    return plain, scm.sample(n, rng=np.random.default_rng(1), interventions=interventions)


def unchanged(plain: Batch, changed: Batch) -> set[str]:
    """Names of the latents and observations that are the same in both, up to rounding."""
    arrays = [{**batch.latents, "x_img": batch.image, "x_tex": batch.text} for batch in (plain, changed)]
    return {name for name in arrays[0] if np.allclose(arrays[0][name], arrays[1][name], atol=1e-9)}


@pytest.mark.parametrize(
    "fields",
    [{}, {"style_change": 0.5}, {"sharing_noise": 0.3, "private_correlation": 0.4}, {"dependent_law": "nonlinear"}],
    ids=str,
)
@pytest.mark.parametrize("block", ["z_inv", "z_inv_text", "z_dp_img", "z_dp_tex", "z_pr_img"])
def test_do_changes_the_descendants_and_nothing_else(fields: dict, block: str) -> None:
    scm = model(**fields)
    value = np.linspace(2.0, 3.0, 2 if block.startswith(("z_dp", "z_pr")) else 3)
    plain, changed = pair(scm, {block: value})
    assert np.array_equal(changed.latents[block], np.broadcast_to(value, changed.latents[block].shape))
    descendants = {name for name in changed.graph.variables if block in changed.graph.ancestors(name)}
    assert unchanged(plain, changed) == {*plain.latents, "x_img", "x_tex"} - descendants
    assert changed.graph.parents(block) == ()
    if block in scm.graph.variables:
        assert changed.graph == scm.graph.do(block)
    assert np.array_equal(changed.conditionals[block].mean(changed.latents)[0], value)
    assert not changed.conditionals[block].covariance(changed.latents).any()


def test_do_on_content_moves_a_linear_style_by_its_weights() -> None:
    """Counterfactual: the same noise, so s(v) - s = B (v - z) row by row; with an array, each row has its own value."""
    scm = model()
    values = np.random.default_rng(2).standard_normal((6000, 3))
    for value in (1.5, np.array([0.0, 1.0, 2.0]), values):
        plain, changed = pair(scm, {"z_inv": value})
        for style in ("z_dp_img", "z_dp_tex"):
            weight = scm.laws[style].weights["z_inv"]
            expected = (np.broadcast_to(value, (6000, 3)) - plain.latents["z_inv"]) @ weight.T
            np.testing.assert_allclose(changed.latents[style] - plain.latents[style], expected, atol=1e-12)


@pytest.mark.parametrize("law", ["causal", "nonlinear"])
def test_do_on_the_text_copy_leaves_the_image_alone(law: str) -> None:
    scm = model(dependent_law=law)
    plain, changed = pair(scm, {"z_inv_text": np.zeros(3)})
    assert {"z_inv", "z_dp_img", "z_pr_img", "z_pr_tex", "x_img"} == unchanged(plain, changed)
    assert changed.graph.parents("z_dp_tex") == ("z_inv_text",)
    assert changed.graph.d_separated("x_img", "x_tex")
    latents = np.concatenate([changed.latents[name] for name in ("z_inv_text", "z_dp_tex", "z_pr_tex")], axis=1)
    np.testing.assert_allclose(scm.text_mixing.inverse(changed.text), latents, atol=1e-9)


@pytest.mark.parametrize(
    "fields", [{}, {"sharing_noise": 0.3}, {"text_selects": (0, 2), "text_perturbs": (0,)}], ids=str
)
def test_permuted_content_is_no_longer_shared(fields: dict, false_alarm: float) -> None:
    scm = model(**fields)
    plain, changed = pair(scm, {"z_inv_text": PermutedContent()})
    assert {"z_inv", "z_dp_img", "z_pr_img", "z_pr_tex", "x_img"} == unchanged(plain, changed)
    assert changed.graph.d_separated("x_img", "x_tex")
    assert not plain.graph.d_separated("x_img", "x_tex")
    content, copy = changed.latents["z_inv"], changed.latents["z_inv_text"]
    if not fields:  # an exact copy of another row: the same rows in another order, none in its place
        assert np.array_equal(content[np.lexsort(content.T)], copy[np.lexsort(copy.T)])
        assert not np.any(np.all(content == copy, axis=1))
    p_values = [stats.pearsonr(content[:, i], copy[:, j]).pvalue for i in range(3) for j in range(copy.shape[1])]
    law = changed.conditionals["z_inv_text"]
    assert law.parents == ()
    white = np.linalg.solve(np.linalg.cholesky(law.covariance({})), (copy - law.mean({})).T).T
    p_values += [stats.kstest(column, "norm").pvalue for column in white.T]
    assert min(p_values) > false_alarm / len(p_values)
    again = scm.sample(6000, rng=np.random.default_rng(1), interventions={"z_inv_text": PermutedContent()})
    assert np.array_equal(again.text, changed.text)


@pytest.mark.parametrize("n", [2, 3, 50])
def test_the_permutation_is_one_cycle(n: int) -> None:
    batch = model().sample(n, rng=np.random.default_rng(3), interventions={"z_inv_text": PermutedContent()})
    rows = [row.tobytes() for row in batch.latents["z_inv"]]
    successor = [rows.index(row.tobytes()) for row in batch.latents["z_inv_text"]]
    visited, here = {0}, successor[0]
    while here not in visited:
        visited.add(here)
        here = successor[here]
    assert len(visited) == n


@pytest.mark.parametrize("factor", [-1.0, 0.0, 2.5])
def test_rescaled_weights_move_a_linear_style_by_the_factor(factor: float) -> None:
    scm = model()
    plain, changed = pair(scm, {"z_dp_tex": RescaledDependence(factor)})
    weight = scm.laws["z_dp_tex"].weights["z_inv"]
    np.testing.assert_allclose(
        changed.latents["z_dp_tex"] - plain.latents["z_dp_tex"],
        (factor - 1) * plain.latents["z_inv"] @ weight.T,
        atol=1e-12,
    )
    assert unchanged(plain, changed) == {"z_inv", "z_dp_img", "z_pr_img", "z_pr_tex", "x_img"}
    assert (("z_inv", "z_dp_tex") in changed.graph.edges) == (factor != 0)


def test_a_flipped_sine_is_minus_the_sine() -> None:
    scm = model(dependent_law="nonlinear")
    plain, changed = pair(scm, {"z_dp_img": RescaledDependence(-1.0)})
    mean = scm.laws["z_dp_img"].mean(plain.latents)
    np.testing.assert_allclose(changed.latents["z_dp_img"] - plain.latents["z_dp_img"], -2 * mean, atol=1e-12)


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.5])
def test_rescaled_private_correlation_keeps_the_margin(factor: float) -> None:
    scm = model(private_correlation=0.6)
    _, changed = pair(scm, {"z_pr_tex": RescaledDependence(factor)}, n=10)
    law = changed.conditionals["z_pr_tex"]
    np.testing.assert_allclose(law.covariance({}), (1 - (0.6 * factor) ** 2) * np.eye(2), atol=1e-12)
    if factor:
        np.testing.assert_allclose(law.weights["z_pr_img"], 0.6 * factor * np.eye(2))
    else:
        assert changed.graph.d_separated("z_pr_img", "z_pr_tex")


def test_rescaled_content_keeps_variances_and_scales_correlations() -> None:
    scm = model()
    before = scm.laws["z_inv"].covariance({})
    _, changed = pair(scm, {"z_inv": RescaledDependence(0.5)}, n=10)
    after = changed.conditionals["z_inv"].covariance({})
    np.testing.assert_allclose(np.diag(after), np.diag(before))
    np.testing.assert_allclose(after - np.diag(np.diag(after)), 0.5 * (before - np.diag(np.diag(before))))


def test_interventions_combine_and_the_same_order_of_rows_holds() -> None:
    scm = model(private_correlation=0.5)
    both = {"z_dp_img": 1.0, "z_pr_tex": RescaledDependence(-1.0)}
    plain, changed = pair(scm, both)
    assert np.all(changed.latents["z_dp_img"] == 1.0)
    noise = plain.latents["z_pr_tex"] - 0.5 * plain.latents["z_pr_img"]
    np.testing.assert_allclose(changed.latents["z_pr_tex"], noise - 0.5 * plain.latents["z_pr_img"], atol=1e-12)
    assert "z_dp_tex" in unchanged(plain, changed)


def test_interventions_that_do_not_fit_are_refused() -> None:
    scm = model(private_correlation=0.8)
    for interventions, message in (
        ({"z_q": 0.0}, r"interventions on \['z_q'\], which are no latent blocks of this model"),
        ({"x_img": 0.0}, r"interventions on \['x_img'\]"),
        ({"z_inv": np.zeros(2)}, r"do\(z_inv\) got a value of shape \(2,\), expected \(\), \(3,\) or \(4, 3\)"),
        ({"z_inv": np.zeros((5, 3))}, r"shape \(5, 3\), .* one value for each sampled row"),
        ({"z_inv": Do(np.nan)}, r"do\(z_inv\) got a value that is not finite"),
        ({"z_dp_img": PermutedContent()}, r"asked for z_dp_img, expected z_inv_text"),
        ({"z_inv": 0.0, "z_inv_text": PermutedContent()}, r"together with do\(z_inv\); set z_inv_text by do\(\)"),
        ({"z_pr_img": RescaledDependence(-1.0)}, r"z_pr_img depends on nothing in this model"),
        ({"z_inv_text": RescaledDependence(-1.0)}, r"z_inv_text follows a NoisyCopy law, which has no weights"),
        ({"z_inv": RescaledDependence(30.0)}, r"covariance of z_inv is not positive definite"),
        ({"z_pr_tex": RescaledDependence(2.0)}, r"covariance of z_pr_tex is not positive definite"),
    ):
        with pytest.raises(ValueError, match=message):
            scm.sample(4, rng=np.random.default_rng(0), interventions=interventions)
    with pytest.raises(ValueError, match=r"permuted content needs at least 2 rows, got 1"):
        scm.sample(1, rng=np.random.default_rng(0), interventions={"z_inv_text": PermutedContent()})
