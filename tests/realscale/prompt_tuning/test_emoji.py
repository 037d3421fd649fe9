"""On the real emoji set, when it is cached: prompts are learned, and what is learned from is not judged on."""

from dataclasses import replace

import numpy as np
import pytest

from realscale.data import MissingData, load
from realscale.data.labelled import LabelledImages
from realscale.evaluation.models import Evaluated
from realscale.evaluation.sets import open_splits
from realscale.prompt_tuning.protocol import base_to_new
from realscale.prompt_tuning.settings import AUTHORS

pytestmark = pytest.mark.filterwarnings("ignore")  # open_clip's own, of its dependencies


def test_prompts_learn_on_emoji(model: Evaluated) -> None:
    try:
        images = load("emoji")
    except MissingData as error:
        pytest.skip(str(error))
    splits = open_splits("emoji", None, images, seed=0)
    tuning = replace(AUTHORS["coop"], shots=2, epochs=6, rate=3e-4)

    def codes_of(some: LabelledImages) -> np.ndarray:
        return model.image_codes(some.pictures(np.arange(len(some)), size=model.size))

    found = base_to_new(model, splits, tuning, codes_of, seeds=(0,))
    (run,) = found["runs"]
    assert run["loss"][1] < run["loss"][0] - 0.05
    assert run["base"]["n"] + run["new"]["n"] == len(splits.test)
    assert sum(found["classes"]) == len(images.class_names)
