"""Encoders see what they should and nothing else; their first parameters come from the generator alone."""

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from identifiability.learning import (
    Perceptron,
    PixelEncoder,
    SetEncoder,
    TokenTransformer,
    WordSetEncoder,
    initialise,
)

TOKEN, OUTPUTS, LENGTH, CAPTIONS = 4, 3, 6, 8
CAPTION_ENCODERS = {
    "set": lambda: SetEncoder(TOKEN, OUTPUTS, width=8),
    "transformer": lambda: TokenTransformer(TOKEN, OUTPUTS, length=LENGTH, width=8, heads=2, position_scale=1.0),
}
ENCODERS: dict[str, Callable[[], nn.Module]] = {
    **CAPTION_ENCODERS,
    "perceptron": lambda: Perceptron(TOKEN, OUTPUTS, width=8),
    "words": lambda: WordSetEncoder(9, OUTPUTS, width=8),
    "pixels": lambda: PixelEncoder(16, OUTPUTS, channels=2, width=8),
}


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def initialised(make: Callable[[], nn.Module], seed: int = 0) -> nn.Module:
    module = make()
    initialise(module, generator=generator(seed))
    return module.double()


@pytest.fixture(params=CAPTION_ENCODERS)
def encoder(request: pytest.FixtureRequest) -> nn.Module:
    return initialised(CAPTION_ENCODERS[request.param])


@pytest.fixture
def captions() -> tuple[Tensor, Tensor]:
    """Captions of 0 to LENGTH real tokens, at any place, and their mask."""
    draw = generator(1)
    tokens = torch.randn(CAPTIONS, LENGTH, TOKEN, generator=draw, dtype=torch.float64)
    mask = torch.rand(CAPTIONS, LENGTH, generator=draw) < torch.linspace(0, 1, CAPTIONS)[:, None]
    mask[-1] = True
    assert not mask[0].any()
    return tokens, mask


def test_shapes(captions: tuple[Tensor, Tensor], encoder: nn.Module) -> None:
    assert encoder(*captions).shape == (CAPTIONS, OUTPUTS)
    perceptron = initialised(ENCODERS["perceptron"])
    assert perceptron(torch.zeros(2, 5, TOKEN, dtype=torch.float64)).shape == (2, 5, OUTPUTS)
    assert [layer.out_features for layer in Perceptron(4, 3, width=7, layers=3).layers] == [7, 7, 7, 3]
    pictures = torch.rand(CAPTIONS, 3, 16, 16, generator=generator(), dtype=torch.float64)
    assert initialised(ENCODERS["pixels"])(pictures).shape == (CAPTIONS, OUTPUTS)
    words = torch.randint(9, (CAPTIONS, LENGTH), generator=generator())
    assert initialised(ENCODERS["words"])(words, captions[1]).shape == (CAPTIONS, OUTPUTS)


def test_what_stands_in_padding_changes_nothing(captions: tuple[Tensor, Tensor], encoder: nn.Module) -> None:
    tokens, mask = captions
    garbage = torch.where(mask[..., None], tokens, 1e6 * torch.randn(tokens.shape, generator=generator(2)).double())
    assert not torch.equal(garbage, tokens)
    torch.testing.assert_close(encoder(garbage, mask), encoder(tokens, mask), rtol=0, atol=0)


def test_each_real_token_counts(captions: tuple[Tensor, Tensor], encoder: nn.Module) -> None:
    tokens, mask = captions
    codes = encoder(tokens, mask)
    for place in range(LENGTH):
        moved = tokens.clone()
        moved[:, place] += 1
        changed = (encoder(moved, mask) - codes).abs().amax(dim=1) > 1e-6
        assert torch.equal(changed, mask[:, place])


def test_a_set_encoder_is_blind_to_token_order(captions: tuple[Tensor, Tensor]) -> None:
    """DeepSets: the code of a caption is a function of the multiset of its tokens."""
    tokens, mask = captions
    encoder = initialised(CAPTION_ENCODERS["set"])
    for seed in range(5):
        order = torch.randperm(LENGTH, generator=generator(seed))
        torch.testing.assert_close(encoder(tokens[:, order], mask[:, order]), encoder(tokens, mask))


def test_a_set_encoder_tells_a_token_once_from_twice() -> None:
    encoder = initialised(CAPTION_ENCODERS["set"])
    tokens = torch.ones(2, LENGTH, TOKEN, dtype=torch.float64)
    once, twice = encoder(tokens, torch.tensor([[True] + [False] * 5, [True, True] + [False] * 4]))
    assert (once - twice).abs().max() > 1e-6


def test_a_transformer_sees_order_through_its_positions_alone(captions: tuple[Tensor, Tensor]) -> None:
    tokens, mask = captions
    tokens, mask = tokens[-1:], mask[-1:]
    encoder = initialised(CAPTION_ENCODERS["transformer"])
    swapped = tokens[:, [1, 0, *range(2, LENGTH)]]
    assert (encoder(swapped, mask) - encoder(tokens, mask)).abs().max() > 1e-6
    with torch.no_grad():
        encoder.positions.zero_()
    torch.testing.assert_close(encoder(swapped, mask), encoder(tokens, mask))


def test_a_transformer_takes_shorter_captions_without_their_padding(captions: tuple[Tensor, Tensor]) -> None:
    tokens, mask = captions
    encoder = initialised(CAPTION_ENCODERS["transformer"])
    short = mask & (torch.arange(LENGTH) < LENGTH - 2)
    torch.testing.assert_close(encoder(tokens[:, :-2], short[:, :-2]), encoder(tokens, short))


def test_an_empty_caption_has_a_code_and_a_gradient(captions: tuple[Tensor, Tensor], encoder: nn.Module) -> None:
    tokens, mask = captions
    codes = encoder(tokens, mask)
    assert codes.isfinite().all()
    codes.square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in encoder.parameters())


@pytest.mark.parametrize("name", ENCODERS)
def test_the_first_parameters_come_from_the_generator_alone(name: str) -> None:
    first = ENCODERS[name]()
    state = torch.get_rng_state()
    initialise(first, generator=generator(3))
    assert torch.equal(torch.get_rng_state(), state)  # neither moved
    torch.rand(7)
    second = ENCODERS[name]()
    with torch.no_grad():
        for parameter in second.parameters():
            parameter.fill_(7.0)  # as if trained before: norms too are set anew
    torch.rand(7)
    initialise(second, generator=generator(3))
    for parameter, again in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(parameter, again)  # nor read
    initialise(second, generator=generator(4))
    assert any(not torch.equal(a, b) for a, b in zip(first.parameters(), second.parameters(), strict=True))


@pytest.mark.parametrize("name", ENCODERS)
def test_the_first_weights_fill_their_range(name: str) -> None:
    for part in initialised(ENCODERS[name]).modules():
        if isinstance(part, nn.Linear | nn.Conv2d):
            bound = 1 / math.sqrt(part.weight[0].numel())
            largest = max(parameter.abs().max().item() for parameter in part.parameters())
            # 1 - 0.7^n < 1 - 1e-3 at the n >= 27 numbers of each part here
            assert 0.7 * bound < largest <= bound


def test_positions_start_at_their_scale() -> None:
    for scale in (0.0, 0.02, 1.0):
        encoder = TokenTransformer(TOKEN, OUTPUTS, length=50, position_scale=scale)
        initialise(encoder, generator=generator())
        assert encoder.positions.std().item() == pytest.approx(scale, rel=0.1)


def test_parameters_that_no_rule_draws_are_refused() -> None:
    with pytest.raises(ValueError, match="no rule draws the parameters of PReLU"):
        initialise(nn.Sequential(nn.Linear(2, 2), nn.PReLU()), generator=generator())


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="width 10 is not a multiple of heads 4"):
        TokenTransformer(TOKEN, OUTPUTS, length=LENGTH, width=10)
    with pytest.raises(ValueError, match="size 30 is not a multiple of 8"):
        PixelEncoder(30, OUTPUTS)
    with pytest.raises(ValueError, match=r"captions have 7 tokens; expected at most 6, because no position"):
        TokenTransformer(TOKEN, OUTPUTS, length=LENGTH)(torch.zeros(1, 7, TOKEN), torch.ones(1, 7, dtype=torch.bool))
