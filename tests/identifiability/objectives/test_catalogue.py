"""Every objective of the catalogue runs by name through one path, as one trainer would run it."""

from itertools import product

import pytest
import torch

from identifiability.objectives import Tokens
from identifiability.objectives.catalogue import OBJECTIVES

CLASSES, CONTEXTS, ENVIRONMENTS, DIMENSION = 3, 2, 2, 4
CELLS = torch.tensor(list(product(range(CLASSES), range(CONTEXTS), range(ENVIRONMENTS)))).repeat(3, 1)
PAIRS = len(CELLS)
VALUES = {
    "penalty": 0.5,
    "trade_off": 0.5,
    "threshold": 0.5,
    "environments": ENVIRONMENTS,
    "step": 0.1,
}


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def run(name, weights=None, calls=1):
    """Value of the last call and gradients of the towers of one objective: the trainer's whole path."""
    objective = OBJECTIVES[name]
    image_tower, text_tower = draw(0, 5, DIMENSION).requires_grad_(), draw(1, 6, DIMENSION).requires_grad_()
    texts = {
        "pruned": draw(2, PAIRS, 6),
        "full": draw(3, PAIRS, 6),
        "negatives": draw(4, PAIRS, 2, 6),
        "vocabulary": draw(5, CLASSES, 6),
    }
    columns = dict(zip(("classes", "contexts", "environments"), CELLS.T, strict=True))
    tokens = Tokens(**{column: columns[column] for column in objective.needs})
    loss = objective.prepare([image_tower, text_tower], **{option: VALUES[option] for option in objective.options})
    for _ in range(calls):
        first, *others = (texts[caption] @ text_tower for caption in objective.captions)
        named = dict(zip(objective.captions[1:], others, strict=True))
        value = loss(
            draw(6, PAIRS, 5) @ image_tower, first, tokens, weights, temperature=0.7, similarity="cosine", **named
        )
    return value.item(), torch.autograd.grad(value, (image_tower, text_tower))


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("weights", [None, torch.linspace(0.5, 2.0, PAIRS, dtype=torch.float64)])
def test_every_objective_trains_both_towers(name, weights):
    value, gradients = run(name, weights)
    assert value == run(name, weights)[0]
    for gradient in gradients:
        assert torch.isfinite(gradient).all()
        assert gradient.norm() > 1e-3


def test_weights_and_names_make_a_difference():
    """No two objectives are one loss, but for the oracle, which is ERM on other data."""
    weights = torch.linspace(0.5, 2.0, PAIRS, dtype=torch.float64)
    weights = weights[torch.randperm(PAIRS, generator=torch.Generator().manual_seed(7))]
    weighted = {name: run(name, weights)[1][0] for name in OBJECTIVES if name != "oracle"}
    for name, gradient in weighted.items():
        assert not torch.allclose(gradient, run(name)[1][0], rtol=1e-3)
        same = [other for other, one in weighted.items() if torch.allclose(one, gradient, rtol=1e-6)]
        assert same == [name]
    assert torch.equal(run("oracle")[1][0], run("erm")[1][0])


def test_state_is_of_one_run():
    first = run("group_dro")[0]
    assert run("group_dro", calls=3)[0] != first
    assert run("group_dro")[0] == first


def test_an_option_that_is_missing_is_named():
    with pytest.raises(ValueError, match=r"options \['step'\] are missing of \['environments', 'step'\]; expected all"):
        OBJECTIVES["group_dro"].prepare(environments=2)


def test_a_log_prior_is_an_option_of_every_objective_over_the_vocabulary():
    log_prior = torch.tensor([0.7, 0.2, 0.1], dtype=torch.float64).log()
    tokens = Tokens(CELLS[:, 0], environments=CELLS[:, 2])
    f, g = draw(8, PAIRS, DIMENSION), draw(9, CLASSES, DIMENSION)
    scores = f @ g.T + log_prior
    expected = torch.nn.functional.cross_entropy(scores, CELLS[:, 0]).item()
    assert OBJECTIVES["erm"].prepare(log_prior=log_prior)(f, g, tokens).item() == pytest.approx(expected, rel=1e-12)


def batch(objective, **columns):
    f, first = draw(6, PAIRS, DIMENSION), draw(7, CLASSES if "vocabulary" in objective.captions else PAIRS, DIMENSION)
    texts = {"full": draw(8, PAIRS, DIMENSION), "negatives": draw(9, PAIRS, 2, DIMENSION)}
    return (f, first, Tokens(**columns)), {name: texts[name] for name in objective.captions[1:]}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_refuses_tokens_without_what_it_needs(name):
    objective = OBJECTIVES[name]
    loss = objective.prepare(draw(0, 2).requires_grad_()[None], **{o: VALUES[o] for o in objective.options})
    columns = dict(zip(("classes", "contexts", "environments"), CELLS.T, strict=True))
    for left_out in set(objective.needs) - {"classes"}:
        codes, others = batch(objective, **{c: t for c, t in columns.items() if c != left_out})
        with pytest.raises(ValueError, match=rf"tokens.{left_out} is needed and not given"):
            loss(*codes, **others)


@pytest.mark.parametrize("name", ["irmv1", "vrex", "iga", "and_mask", "coral"])
def test_one_environment_is_nothing_to_compare(name):
    objective = OBJECTIVES[name]
    loss = objective.prepare(draw(0, 1, 2).requires_grad_(), **{option: VALUES[option] for option in objective.options})
    codes, others = batch(objective, classes=CELLS[:, 0], environments=torch.ones(PAIRS, dtype=torch.int64))
    with pytest.raises(ValueError, match="of environment 1; expected at least 2 environments in every batch"):
        loss(*codes, **others)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        (
            "irmv1",
            {"penalty": 1.0, "penality": 2.0},
            r"\['penality'\] are unknown; .*\['penalty', 'estimator', 'log_prior'\]",
        ),
        ("erm", {"penalty": 1.0}, r"\['penalty'\] are unknown; expected of \['log_prior'\]"),
        (
            "pruned",
            {"temperature": 0.1},
            r"\['temperature'\] are unknown, given to the loss at each call; .*\['symmetric'\]",
        ),
        ("balanced", {"laws": None}, r"expected of \['law', 'symmetric'\]"),
        ("and_mask", {"threshold": 1.0, "parameters_": ()}, r"expected of \['threshold', 'log_prior'\]"),
    ],
)
def test_an_unknown_option_is_refused_before_any_batch(name, options, message):
    with pytest.raises(ValueError, match=message):
        OBJECTIVES[name].prepare(**options)


@pytest.mark.parametrize("error", [KeyError, ValueError])
def test_an_unknown_name_is_told_the_nearest(error):
    with pytest.raises(error, match="no objective is called 'VREx'; expected vrex"):
        OBJECTIVES["VREx"]
    with pytest.raises(
        error, match=r"no objective is called 'zzz'; expected one of pruned, full, .*, group_dro: the names"
    ):
        OBJECTIVES["zzz"]
    assert "zzz" not in OBJECTIVES
    assert OBJECTIVES.get("zzz") is None
