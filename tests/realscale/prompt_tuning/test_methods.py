"""The five methods: what each one's authors promise of it, on a tiny CLIP with random weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cosine_similarity, log_softmax, softmax

from realscale.clip_library import open_clip_library
from realscale.evaluation.models import Evaluated
from realscale.prompt_tuning.prograd import projected
from realscale.prompt_tuning.settings import AUTHORS, Method, Tuning
from realscale.prompt_tuning.towers import check_image_tower, check_text_tower, image_codes, text_codes
from realscale.prompt_tuning.training import METHODS, Pictures, rate_at, tune, tuned_credits

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def _short(method: Method, epochs: int, rate: float = 1e-4) -> Tuning:
    return replace(AUTHORS[method], epochs=epochs, rate=rate, batch=min(8, AUTHORS[method].batch))


def _noise(values: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(0).normal(size=values.shape).astype(np.float32))


def _labels(pictures: Pictures) -> torch.Tensor:
    return torch.from_numpy(pictures.images.classes)


@pytest.mark.parametrize("method", ["coop", "kgcoop"])
def test_at_rate_zero_the_prompt_is_the_hand_written_one(method: Method, pictures: Pictures) -> None:
    prompt, _ = tune(_short(method, epochs=2, rate=0.0), pictures, seed=0)
    model = pictures.model.model
    classes = prompt.classes(model, pictures.images.class_names)
    with torch.no_grad():
        own = prompt.class_codes(model, classes)
    texts = [f"a photo of a {name}." for name in pictures.images.class_names]
    assert own.numpy() == pytest.approx(pictures.model.text_codes(texts), abs=1e-6)
    hand = (pictures.codes @ classes.hand.numpy().T).argmax(axis=1) == pictures.images.classes
    assert tuned_credits(prompt, pictures).tolist() == hand.astype(float).tolist()


@pytest.mark.parametrize("method", list(METHODS))
def test_training_lowers_the_loss_and_leaves_the_model_alone(method: Method, pictures: Pictures) -> None:
    before = {name: value.clone() for name, value in pictures.model.model.clip.state_dict().items()}
    epochs = 3 if method in ("cocoop", "maple") else 15
    rate = 2e-3 if method == "cocoop" else 1e-4
    prompt, losses = tune(_short(method, epochs, rate), pictures, seed=0)
    assert losses[-1] < losses[0] - 0.01
    after = pictures.model.model.clip.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert all(parameter.grad is None for parameter in pictures.model.model.clip.parameters())
    assert tuned_credits(prompt, pictures).shape == (32,)


def test_the_seed_decides(pictures: Pictures) -> None:
    short = replace(_short("coop", 2), words=None)
    before = torch.random.get_rng_state()
    one, again, other = (tune(short, pictures, seed=seed)[0].context for seed in (0, 0, 1))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_a_heavier_guide_brings_any_prompt_nearer_to_the_hand_written_one(pictures: Pictures) -> None:
    distances = []
    for weight in (0.0, 10.0, 1e4):
        tuning = replace(_short("kgcoop", 15, rate=1e-3 / (1 + weight)), words=None, weight=weight)
        prompt, _ = tune(tuning, pictures, seed=0)
        classes = prompt.classes(pictures.model.model, pictures.images.class_names)
        with torch.no_grad():
            codes = prompt.class_codes(pictures.model.model, classes)
        distances.append(float(1 - (codes * classes.hand).sum(dim=1).mean()))
    assert distances[0] > 1.5 * distances[1] > 2 * distances[2]


def test_the_guide_is_the_mean_cosine_and_without_it_there_is_coop(pictures: Pictures) -> None:
    model, guided = pictures.model.model, METHODS["kgcoop"](pictures.model.model, AUTHORS["kgcoop"])
    with torch.no_grad():
        guided.context += _noise(guided.context)
    plain = METHODS["coop"](model, AUTHORS["coop"])
    plain.load_state_dict(guided.state_dict())
    classes = guided.classes(model, pictures.images.class_names)
    images = torch.from_numpy(pictures.codes)
    with torch.no_grad():
        extra = guided.loss(model, classes, images, _labels(pictures)) - plain.loss(
            model, classes, images, _labels(pictures)
        )
        mean = cosine_similarity(guided.class_codes(model, classes), classes.hand).mean()
    assert float(extra) == pytest.approx(8 * float(1 - mean), rel=1e-4)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 1.0]))
def test_a_projected_gradient_never_points_against_the_general_direction(seed: int, weight: float) -> None:
    rng = np.random.default_rng(seed)
    own, general = (torch.from_numpy(rng.normal(size=(4, 3))) for _ in range(2))
    found = projected(own, general, weight)
    inner, before = float((found * general).sum()), float((own * general).sum())
    assert inner == pytest.approx(before if before >= 0 else (1 - weight) * before, abs=1e-12)
    assert weight < 1 or inner >= -1e-12


def test_the_step_of_prograd_is_the_projection_of_coops(pictures: Pictures) -> None:
    model = pictures.model.model
    prompt = METHODS["prograd"](model, AUTHORS["prograd"])
    with torch.no_grad():
        prompt.context += _noise(prompt.context)
    classes = prompt.classes(model, pictures.images.class_names)
    images, found = torch.from_numpy(pictures.codes), []
    for labels in (torch.full((32,), number) for number in range(4)):
        prompt.backward(model, classes, images, labels)
        step = prompt.context.grad.clone()
        logits, hand = prompt.logits(model, classes, images), images @ classes.hand.T / model.temperature
        divergence = (softmax(hand, 1) * (log_softmax(hand, 1) - log_softmax(logits, 1))).sum(1).mean()
        (general,) = torch.autograd.grad(divergence, prompt.context, retain_graph=True)
        (own,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, labels), prompt.context)
        assert (step - projected(own, general, 1.0)).abs().max() < 1e-6
        assert cosine_similarity(step.flatten(), general.flatten(), dim=0) > -1e-5
        found.append(float((own * general).sum()))
    assert min(found) < 0  # one of the steps had to be projected, and one had not
    assert max(found) > 0


def test_cocoop_shifts_its_tokens_for_each_image(pictures: Pictures) -> None:
    model = pictures.model.model
    prompt = METHODS["cocoop"](model, AUTHORS["cocoop"])
    classes = prompt.classes(model, pictures.images.class_names)
    images = torch.from_numpy(pictures.codes[[0, 9]])
    with torch.no_grad():
        together = prompt.logits(model, classes, images)
        alone = torch.cat([prompt.logits(model, classes, images[k : k + 1]) for k in range(2)])
        assert (together - alone).abs().max() < 1e-5
        fixed = images @ prompt.class_codes(model, classes).T / model.temperature
        assert (together - fixed).abs().max() > 1e-4  # torch's own initial values: the shift is not zero
        for parameter in prompt.meta.parameters():
            parameter.zero_()
        assert (prompt.logits(model, classes, images) - fixed).abs().max() < 1e-5


def test_text_from_embeddings_is_encode_text(model: Evaluated) -> None:
    clip = model.model.clip
    tokens = model.model.tokenizer(["a dog", "two men beside a big red sofa", "!"])
    with torch.no_grad():
        whole = clip.encode_text(tokens, normalize=True)
        found = text_codes(clip, clip.token_embedding(tokens), tokens.argmax(dim=1))
    assert (found - whole).abs().max() < 1e-6


def test_prompt_tokens_of_the_image_tower_change_it_and_none_do_not(model: Evaluated, pictures: Pictures) -> None:
    clip = model.model.clip
    pixels = model.model.pixels(pictures.images.images[:3])
    with torch.no_grad():
        plain = clip.encode_image(pixels, normalize=True)
        assert (image_codes(clip, pixels, torch.zeros(0, 32)) - plain).abs().max() < 1e-6
        tokens = torch.from_numpy(np.random.default_rng(0).normal(size=(3, 2, 32)).astype(np.float32))
        shallow = image_codes(clip, pixels, tokens[0])
        assert (shallow - plain).abs().max() > 1e-3
        assert (image_codes(clip, pixels, tokens[0], deep=[tokens[1]]) - shallow).abs().max() > 1e-4
        replaced = [image_codes(clip, pixels, first, deep=[tokens[1], tokens[2]]) for first in (tokens[0], tokens[1])]
        assert (replaced[0] - replaced[1]).abs().max() > 1e-5  # the first layer saw other tokens


def test_maple_has_no_more_layers_of_prompts_than_a_tower(pictures: Pictures) -> None:
    prompt = METHODS["maple"](pictures.model.model, AUTHORS["maple"])
    assert (prompt.depth, len(prompt.deep), len(prompt.couplings)) == (3, 2, 3)
    shapes = {name: tuple(value.shape) for name, value in prompt.named_parameters()}
    assert shapes["context"] == shapes["deep.1"] == (2, 16)
    assert shapes["couplings.0.weight"] == (32, 16)


def test_other_towers_are_refused(model: Evaluated) -> None:
    resnet = {
        "embed_dim": 16,
        "vision_cfg": {"image_size": 32, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None, "head_width": 8},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
    }
    library = open_clip_library()
    with pytest.raises(ValueError, match="the image tower is a ModifiedResNet"):
        check_image_tower(library.CLIP(**resnet))
    with pytest.raises(ValueError, match="this CustomTextCLIP has another one"):
        check_text_tower(library.CustomTextCLIP(**resnet))
    with pytest.raises(ValueError, match="22 context tokens in a text tower of 24"):
        METHODS["coop"](model.model, replace(AUTHORS["coop"], length=22))


def test_the_rate_warms_up_and_falls_as_in_the_authors_runs() -> None:
    tuning = replace(AUTHORS["coop"], epochs=10)
    rates = [rate_at(tuning, epoch) for epoch in range(10)]
    assert rates[0] == 1e-5
    assert rates[1] == 0.002
    assert rates[6] == pytest.approx(0.001)
    assert np.all(np.diff(rates[1:]) < 0)
    assert rates[9] > 0


@pytest.mark.parametrize("field", ["shots", "length", "epochs", "batch", "depth"])
def test_settings_are_positive(field: str) -> None:
    with pytest.raises(ValueError, match=f"{field} is 0"):
        replace(AUTHORS["maple"], **{field: 0})
