"""A tiny vision-language policy: its tokenizer, its images, its copy on disk, and that it learns."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from realscale.data.errors import MissingData
from realscale.reasoning.policies import Policy, answered, load_policy, rows, tiny_vision_policy, warm_start
from realscale.reasoning.policies.conversation import encoded
from realscale.reasoning.tasks.example import Example
from realscale.reasoning.tasks.verification import verify

Coloured = Callable[[int, int], list[Example]]


@pytest.fixture(scope="module")
def policy(policy_folder: Path) -> Policy:
    return load_policy(policy_folder)


def test_every_text_has_tokens_and_comes_back(policy: Policy) -> None:
    ids = policy.tokenizer("It is red.\nLa réponse: 猫").input_ids
    assert policy.tokenizer.decode(ids) == "It is red.\nLa réponse: 猫"
    known = policy.tokenizer("It is red. Answer: red").input_ids
    assert len(known) < 10  # learnt merges, not bytes


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_one_alone(tmp_path: Path) -> None:
    torch.default_generator.manual_seed(3)
    before = torch.default_generator.get_state()
    made = [
        tiny_vision_policy(["a text"], tmp_path / str(k), seed=seed, hidden=32, layers=1)
        for k, seed in enumerate((0, 0, 1))
    ]
    states = [one.model.state_dict() for one in made]
    assert torch.equal(torch.default_generator.get_state(), before)
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert not torch.equal(states[0]["lm_head.weight"], states[2]["lm_head.weight"])
    assert made[0].model.config._name_or_path == str(tmp_path / "0")  # where trl finds its reference policy


def test_the_image_is_read(policy: Policy) -> None:
    red, blue = (Example("What colour is it?", "red", Image.new("RGB", (28, 28), c)) for c in ("red", "blue"))
    logits = []
    for example in (red, blue, red):
        with torch.no_grad():
            logits.append(policy.model(**encoded(policy, [example])).logits[0, -1])
    assert torch.equal(logits[0], logits[2])
    assert not torch.allclose(logits[0], logits[1])


def test_what_is_encoded_is_what_trl_makes_of_its_rows(policy: Policy, coloured: Coloured) -> None:
    from trl.data_utils import prepare_multimodal_messages

    example = coloured(1, 1)[0]
    row = rows([example])[0]
    messages = prepare_multimodal_messages(row["prompt"], images=[row["image"]])
    told = policy.processor.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=True, return_tensors="pt"
    )
    own = encoded(policy, [example])
    assert own.keys() == told.keys()
    assert all(torch.equal(own[name], told[name]) for name in own)
    assert row["facts"] == json.dumps({"colour": example.answer})


def test_it_learns_to_say_what_it_sees(tmp_path: Path, coloured: Coloured) -> None:
    examples = coloured(60, 2)
    texts = [f"{example.question} {example.solution}" for example in examples]
    policy = tiny_vision_policy(texts, tmp_path, hidden=64, layers=2, vision_layers=1, image_size=28)
    losses = warm_start(policy, examples, 40, batch=16, rate=5e-3, warmup=5)
    assert len(losses) == 40
    assert losses[-1] < 0.1 * losses[0]
    held_out = coloured(30, 3)
    right = [verify(text, one.answer) for text, one in zip(answered(policy, held_out), held_out, strict=True)]
    assert np.mean(right) > 0.9
    policy.save(tmp_path / "learnt")
    assert answered(load_policy(tmp_path / "learnt"), held_out) == answered(policy, held_out)
    drawn = [answered(policy, held_out, temperature=5.0, length=4, seed=seed) for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_cannot_be_is_refused_in_words(policy: Policy, tmp_path: Path, coloured: Coloured) -> None:
    with pytest.raises(ValueError, match="multiple of 32"):
        tiny_vision_policy(["a"], tmp_path, hidden=48)
    with pytest.raises(ValueError, match="every byte and every mark"):
        tiny_vision_policy(["a"], tmp_path, vocabulary=200)
    with pytest.raises(ValueError, match="images in all or in none"):
        rows([*coloured(1, 0), Example("How many?", "2")])
    with pytest.raises(ValueError, match="1 of 1 examples have no solution"):
        warm_start(policy, [Example("How many?", "2")], 1)
    with pytest.raises(MissingData, match="expected a folder with a model"):
        load_policy(tmp_path / "nothing")
