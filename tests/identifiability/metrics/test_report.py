"""The block report: both directions, ceilings and floors, and the two ways in which one number alone would deceive."""

import numpy as np
import pytest

from identifiability.metrics import accuracy_kernel, block_report, r2_kernel

SAMPLES, TRAIN = 700, 400


def latents(seed=0):
    rng = np.random.default_rng(seed)
    return {
        "z_inv": rng.normal(size=(SAMPLES, 3)),
        "z_pr": rng.normal(size=(SAMPLES, 2)),
        "token": rng.integers(3, size=SAMPLES),
    }


def report(codes, blocks, **options):
    return block_report(codes, blocks, rng=np.random.default_rng(1), train=TRAIN, **options)


def nonlinear(content):
    """An invertible map of three coordinates."""
    return np.tanh(content) @ np.array([[2.0, 0.3, 0.0], [0.0, 1.0, 0.5], [0.4, 0.0, 1.0]])


def test_an_identified_block_scores_in_both_directions_and_the_private_one_in_none():
    blocks = latents()
    scores = report({"image": nonlinear(blocks["z_inv"])}, blocks, ceilings={"z_inv": 1.0, "z_pr": np.zeros(2)})
    content, private, token = (scores["image", name] for name in ("z_inv", "z_pr", "token"))
    assert content.measure == private.measure == "r2"
    assert token.measure == "accuracy"
    assert content.kernel.min() > 0.98 > content.linear.min() > 0.7
    assert content.reverse.min() > 0.98
    assert np.abs(content.excess).max() < 0.02
    for small in (private.kernel, private.linear, private.reverse, private.floor, content.floor):
        assert np.abs(small).max() < 0.1
    assert abs(token.kernel[0] - token.floor[0]) < 0.1
    assert token.excess is None


def test_too_few_dimensions_show_in_the_forward_direction_only():
    blocks = latents()
    score = report({"image": nonlinear(blocks["z_inv"])[:, :2]}, blocks, reverse=["z_inv"])["image", "z_inv"]
    assert score.reverse.min() > 0.98
    assert score.kernel.mean() < 0.9


def test_a_private_part_hidden_in_small_directions_shows_forward_and_not_in_the_raw_reverse():
    blocks = latents()
    code = np.hstack([nonlinear(blocks["z_inv"]), 0.05 * blocks["z_pr"]])
    code[:, :2] += code[:, 3:]
    scores = report({"image": code}, blocks, reverse=["z_inv"])
    assert scores["image", "z_inv"].reverse[:3].min() > 0.98
    assert scores["image", "z_pr"].kernel.min() > 0.9
    assert scores["image", "z_pr"].reverse is None


def test_each_number_is_that_of_its_own_metric():
    """Sharing one regression among blocks, shuffles, labels and towers changes no score."""
    blocks = latents()
    codes = {
        "image": nonlinear(blocks["z_inv"]),
        "text": np.hstack([blocks["z_pr"], blocks["token"][:, None] == [0, 1]]),
    }
    scores = report(codes, blocks)
    order = np.random.default_rng(1).permutation(SAMPLES)
    fit, held_out = order[:TRAIN], order[TRAIN:]
    for tower, code in codes.items():
        code = code.astype(np.float64)
        for name in ("z_inv", "z_pr"):
            direct = r2_kernel(code[fit], blocks[name][fit], code[held_out], blocks[name][held_out])
            np.testing.assert_allclose(scores[tower, name].kernel, direct, atol=1e-9)
            back = r2_kernel(blocks[name][fit], code[fit], blocks[name][held_out], code[held_out])
            np.testing.assert_allclose(scores[tower, name].reverse, back, atol=1e-9)
        direct = accuracy_kernel(code[fit], blocks["token"][fit], code[held_out], blocks["token"][held_out])
        assert scores[tower, "token"].kernel[0] == direct
    assert scores["text", "token"].kernel[0] == 1.0
    assert scores["text", "token"].reverse[2:].min() > 0.99


def test_numbers_are_means_by_name():
    blocks = latents()
    scores = report(
        {"image": blocks["z_inv"]}, {"z_inv": blocks["z_inv"]}, ceilings={"z_inv": np.array([1.0, 0.5, 0.0])}
    )
    numbers = scores.numbers()
    assert sorted(numbers) == [f"image.z_inv.{name}" for name in ("ceiling", "floor", "kernel", "linear", "reverse")]
    assert numbers["image.z_inv.ceiling"] == 0.5
    assert numbers["image.z_inv.kernel"] == pytest.approx(scores["image", "z_inv"].kernel.mean())


def test_same_generator_same_report():
    blocks = latents()
    codes = {"image": nonlinear(blocks["z_inv"])}
    assert report(codes, blocks).numbers() == report(codes, blocks).numbers()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ceilings": {"z_dp": 0.5}}, r"\['z_dp'\] name no block; expected names among"),
        ({"reverse": ["style"]}, r"\['style'\] name no block"),
        ({"ceilings": {"z_inv": np.zeros(2)}}, r"ceiling of z_inv has shape \(2,\); expected a number, or 3"),
        ({"train": 690}, "codes of image has 700 samples; expected at least 720"),
        ({"train": 10}, "train is 10 and repeats 2; expected at least 30 samples"),
        ({"repeats": 0}, "repeats 0; expected at least 30 samples to fit on and one shuffle"),
    ],
)
def test_bad_input_is_refused_with_its_reason(options, message):
    blocks = latents()
    with pytest.raises(ValueError, match=message):
        block_report({"image": blocks["z_inv"]}, blocks, **{"rng": np.random.default_rng(0), "train": TRAIN, **options})
