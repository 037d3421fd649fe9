"""The configuration of the sentence-level model refuses what cannot be drawn, and says why."""

import subprocess
import sys

import numpy as np
import pytest

from scm import SentenceConfig, SentenceSCM


def test_fields_out_of_range_are_refused() -> None:
    for fields, message in (
        ({"n_inv": 0}, r"n_inv=0, expected an integer >= 1"),
        ({"n_dp": -1}, r"n_dp=-1, expected an integer >= 0"),
        ({"layers": 0}, r"layers=0, expected an integer >= 1"),
        ({"style_change": -0.1}, r"style_change=-0.1, expected a probability in \[0, 1\]; None stands for styles"),
        ({"style_change": 1.5}, r"style_change=1.5, expected a probability in \[0, 1\]"),
        ({"style_change": float("nan")}, r"style_change=nan, expected a probability"),
        ({"perturb_probability": 0.0}, r"perturb_probability=0.0, .* leave text_perturbs empty"),
        ({"slope": -0.2}, r"slope=-0.2, .* the activation is not invertible"),
        ({"condition_quantile": 2.0}, r"condition_quantile=2.0, .* quantile of the condition number"),
        ({"private_correlation": 1.0}, r"private_correlation=1.0, expected a number in \(-1, 1\); .* shared content"),
        ({"sharing_noise": -0.1}, r"sharing_noise=-0.1, expected a finite standard deviation >= 0"),
        ({"sharing_noise": float("nan")}, r"sharing_noise=nan"),
        ({"text_selects": (0, 3)}, r"text_selects=\(0, 3\), expected increasing, distinct coordinates .* 0 ... 2"),
        ({"text_selects": (1, 0)}, r"text_selects=\(1, 0\), expected increasing"),
        ({"text_perturbs": (0, 0)}, r"text_perturbs=\(0, 0\), expected increasing, distinct"),
        ({"text_selects": ()}, r"names no coordinate of z_inv; then the pair shares nothing"),
        ({"text_selects": (0, 1), "text_perturbs": (2,)}, r"contains \[2\], which text_selects leaves out"),
        (
            {"text_selects": (0,), "shared_mixing": True},
            r"image mixes 7 coordinates and the text 5, but one invertible",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            SentenceConfig(**({"n_inv": 3, "n_dp": 2, "n_pr": 2} | fields))
    with pytest.raises(ValueError, match=r"n=0, expected an integer >= 1"):
        SentenceSCM.draw(SentenceConfig(), rng=np.random.default_rng(0)).sample(0, rng=np.random.default_rng(0))


def test_values_of_another_type_are_refused_without_a_type_checker() -> None:
    """In tests the type checker speaks first; this runs as a user's program does."""
    code = """
import numpy as np
from scm import Mixing, SentenceConfig
rng = np.random.default_rng(0)
for build in (
    lambda: SentenceConfig(n_inv=2.5),
    lambda: SentenceConfig(invariant_law="gaussian"),
    lambda: SentenceConfig(mixing_kind="tanh"),
    lambda: Mixing.draw(3, layers=2, kind="tanh", rng=rng),
):
    try:
        build()
    except ValueError as error:
        print(error)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines() == [
        "n_inv=2.5, expected an integer >= 1",
        "invariant_law='gaussian', expected one of ('independent', 'correlated', 'wishart')",
        "mixing_kind='tanh', expected one of ('leaky', 'smooth', 'linear')",
        "mixing kind 'tanh' is unknown; expected 'leaky', 'smooth' or 'linear'",
    ]
