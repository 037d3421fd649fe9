import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiability.exact import (
    align_max_entropy,
    block_identifies,
    caption_model,
    common_part,
    factor_of_image,
    image_caption_law,
    random_law,
)
from identifiability.exact.captions import CLASS, ENVIRONMENT, FULL, IMAGE, PRUNED

SEEDS = st.integers(0, 2**32 - 1)


def same_partition(first: np.ndarray, second: np.ndarray) -> bool:
    pairs = set(zip(first.tolist(), second.tolist(), strict=True))
    return len(pairs) == len(set(first.tolist())) == len(set(second.tolist()))


@settings(max_examples=40)
@given(SEEDS, st.integers(1, 5), st.integers(1, 4), st.sampled_from([0.0, 0.6, 0.85]))
def test_common_part_is_the_optimum_found_by_enumerating_every_encoder(
    seed: int, images: int, texts: int, zeros: float
) -> None:
    law = random_law(images, texts, zeros=zeros, rng=np.random.default_rng(seed))
    for i in range(min(images, texts) if zeros else 0):  # several components
        law[i, i] += 0.1
    law /= law.sum()
    part = common_part(law)
    entropy, maximisers = align_max_entropy(law, codomain=4)
    assert entropy == pytest.approx(part.entropy, abs=1e-12)
    present = part.image >= 0
    assert all(same_partition(f[present], part.image[present]) for f in maximisers)


@settings(max_examples=40)
@given(SEEDS, st.sampled_from([0.0, 0.6, 0.9]))
def test_common_part_labels_agree_on_the_support_and_carry_its_law(seed: int, zeros: float) -> None:
    law = random_law(6, 5, zeros=zeros, rng=np.random.default_rng(seed))
    part = common_part(law)
    x, t = np.nonzero(law)
    np.testing.assert_array_equal(part.image[x], part.text[t])
    assert set(part.image[x]) == set(range(part.count))
    np.testing.assert_array_equal(part.image < 0, law.sum(axis=1) == 0)
    np.testing.assert_array_equal(part.text < 0, law.sum(axis=0) == 0)
    for label in range(part.count):
        assert law[part.image == label].sum() == pytest.approx(part.law[label], abs=1e-15)


@settings(max_examples=60)
@given(SEEDS, st.sampled_from([0.3, 0.6, 0.85]))
def test_block_identification_means_that_the_common_part_is_a_relabelling_of_z(seed: int, zeros: float) -> None:
    rng = np.random.default_rng(seed)
    law = random_law(3, 5, 4, zeros=zeros, rng=rng)
    if seed % 2:  # engineered: each z has its own images and texts
        law *= np.equal.outer(np.arange(3), rng.integers(3, size=5))[:, :, None]
        law *= np.equal.outer(np.arange(3), rng.integers(3, size=4))[:, None, :]
        if not law.any():
            law[0, 0, 0] = 1.0
        law /= law.sum()
    z, x, _ = np.nonzero(law)
    assert block_identifies(law) == same_partition(z, common_part(law.sum(axis=0)).image[x])


def test_full_pruned_and_noisy_captions_have_6_3_and_1_components() -> None:
    model = caption_model(classes=3, environments=2)
    full, pruned = (common_part(image_caption_law(model, caption)) for caption in (FULL, PRUNED))
    noisy = common_part(image_caption_law(caption_model(classes=3, environments=2, noise=1e-6), FULL))
    assert (full.count, pruned.count, noisy.count) == (6, 3, 1)
    assert same_partition(full.image, factor_of_image(model, (CLASS, ENVIRONMENT)))
    assert same_partition(pruned.image, factor_of_image(model, (CLASS,)))


def test_captions_block_identify_what_they_name_and_noise_undoes_it() -> None:
    def law(noise: float, caption: tuple[str, ...]) -> np.ndarray:
        model = caption_model(noise=noise)
        joint = image_caption_law(model, caption)
        classes = factor_of_image(model, (CLASS,))
        return np.equal.outer(np.arange(3), classes)[:, :, None] * joint

    assert block_identifies(law(0.0, PRUNED))
    assert not block_identifies(law(0.0, FULL))  # the environment splits each class: finer than z
    assert not block_identifies(law(1e-6, PRUNED))


def test_image_caption_law_is_the_law_of_the_model() -> None:
    model = caption_model(noise=0.3)
    law = image_caption_law(model, PRUNED)
    np.testing.assert_allclose(law.sum(axis=1), model.marginal(IMAGE).ravel(), atol=1e-15)
    np.testing.assert_allclose(law.sum(axis=0), model.marginal(PRUNED).ravel(), atol=1e-15)


def test_a_table_that_is_not_a_law_is_refused() -> None:
    with pytest.raises(ValueError, match=r"sums to 2, expected 1: it is not a law"):
        common_part(np.ones((2, 1)))
    with pytest.raises(ValueError, match="the number of maps is exponential in the domain"):
        align_max_entropy(random_law(30, 2, rng=np.random.default_rng(0)), 3)
