"""Records as a run writes them, of claims made up for the figures: nothing is trained here."""

import base64
import io
from collections.abc import Callable
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest

from experiments.cells import plan, run_cell
from experiments.records import RecordStore, open_records
from identifiability.claims.claim import Claim, Context, Evidence, NotAvailable, Setting, every_preset
from paper_figures.catalogue import Picture, draw_all
from paper_figures.reading import Reading, read_run
from scm.graph import CausalGraph, Role, Variable

PROVENANCE = {
    "commit": "0123456789ab",
    "versions": {"python": "3.11.7", "numpy": "2.4.6"},
    "platform": "Linux-x86_64",
}
GRAPH = CausalGraph(
    [
        Variable("z_inv", Role.INVARIANT, 3),
        Variable("z_dp_img", Role.DEPENDENT_IMAGE, 3),
        Variable("z_pr_img", Role.PRIVATE_IMAGE, 3),
        Variable("image", Role.IMAGE, 9, observed=True),
        Variable("text", Role.TEXT, 3, observed=True),
    ],
    [("z_inv", "z_dp_img"), ("z_inv", "image"), ("z_dp_img", "image"), ("z_pr_img", "image"), ("z_inv", "text")],
)


def blocks(setting: Setting, seed: int, context: Context) -> Evidence:
    """R2 of every block for both towers, with a training curve and the graph."""
    rng = np.random.default_rng([setting["dims"], seed])
    steps = np.arange(0, 800, 40)
    ceiling = {f"dependent_{tower}": 0.43 for tower in ("image", "text")}
    level = {"forward": 0.996, "linear": 0.995, "reverse": 0.997, "dependent": 0.43, "private": -0.004}
    level |= {"forward": 0.61} if setting.get("sharing_noise") else {}
    measured = {
        f"{name}_{tower}": value + 0.002 * rng.normal() for name, value in level.items() for tower in ("image", "text")
    }
    bar = {f"forward_{tower}": (0.99, None) for tower in ("image", "text")}
    return Evidence(
        measured,
        bar if not setting.get("sharing_noise") else {name: (None, 0.9) for name in bar},
        ceiling,
        dict.fromkeys(bar, -0.003),
        {
            "steps": steps.tolist(),
            "loss": (-4.4 + 6 * np.exp(-steps / 150) + 0.1 * rng.normal(size=len(steps))).tolist(),
            "loss_floor": -4.41,
            "graph": GRAPH.to_json(),
        },
    )


def exact(setting: Setting, seed: int, context: Context) -> Evidence:
    """An enumeration that finds what it should, or does not."""
    return Evidence({"error": setting["error"], "pairs": 512}, {"error": (0.0, 1e-12)}, note="pairs < all & <some>")


def grid(setting: Setting, seed: int, context: Context) -> Evidence:
    """One published row of the style grid."""
    style = setting["style"]
    return Evidence(
        {"forward_image": 0.997, "style_image": style + 0.01},
        {"forward_image": (0.97, None)},
        {"forward_image": 1.0, "style_image": style},
        series={"reported": {"content": 0.98, "content_sd": 0.03, "style": style + 0.05}},
    )


def tokens(setting: Setting, seed: int, context: Context) -> Evidence:
    """Latents of a token SCM."""
    measured = {"content_0_image": 0.991, "continuous_text": 0.987, "private_image": 0.001, "private_token_text": 0.26}
    return Evidence(measured, {"content_0_image": (0.99, None)}, {"content_0_image": 1.0}, {"private_token_text": 0.25})


def curve(setting: Setting, seed: int, context: Context) -> Evidence:
    """Bias and spread of InfoNCE against K, exact or sampled."""
    k = 2.0 ** np.arange(3, 13)
    series = {"k": k.tolist(), "bias": (6 / k).tolist(), "fluctuation": (1.3 / np.sqrt(k)).tolist()}
    series |= {"standard_error": (0.1 / k).tolist()} if setting["sampled"] else {"bias_constant": 6.0}
    return Evidence({"bias_slope": -1.0}, {"bias_slope": (-1.1, -0.9)}, series=series)


def pictures(setting: Setting, seed: int, context: Context) -> Evidence:
    """Decodability by caption mode with a contact sheet of noise."""
    buffer = io.BytesIO()
    matplotlib.image.imsave(buffer, np.random.default_rng(0).random((16, 32, 3)), format="png")
    sheet = {"png": base64.b64encode(buffer.getvalue()).decode(), "rows": ["dog", "cat"], "columns": list("abcd")}
    named = setting["captions"] != "content"
    measured = {"content_image": 0.3, "content_text": 0.5, "style_image": 0.9 if named else 0.3, "style_text": 0.25}
    return Evidence(
        measured,
        {"content_image": (0.1, None)},
        dict.fromkeys(measured, 1.0),
        {"content_image": 0.003, "style_image": 0.25},
        {"contact_sheet": sheet},
    )


def unavailable(setting: Setting, seed: int, context: Context) -> Evidence:
    """Data that are not here."""
    raise NotAvailable("no emoji here; `python -m realscale.data fetch emoji` gets them")


def claim(name: str, check: Callable[..., Evidence], *settings: Setting, seeds: int = 1, **fields: object) -> Claim:
    """A claim with everything that these tests do not look at filled in."""
    given = {
        "id": name,
        "statement": f"The statement of {name}: a < b & c.",
        "formula": r"\exists f:\ \mathbb E\|f(x)-g(X)\|_2^2\le\frac{1}{2}\quad\text{a.s.}",
        "source": "own",
        "form": "corrected",
        "track": "exact",
        "assumptions": ("smooth", "a < b"),
        "check": check,
        **every_preset(*settings, seeds=seeds),
        **fields,
    }
    return Claim(**given)


CLAIMS = (
    claim("thm2.blocks", blocks, {"dims": 3}, {"dims": 12}, seeds=3, track="learned"),
    claim(
        "thm2.blocks.noisy",
        blocks,
        {"dims": 3, "sharing_noise": 0.5},
        track="learned",
        form="violation",
        drops=("thm2.blocks", "smooth"),
    ),
    claim("style_grid.independent", grid, {"row": "change 1", "style": 0.0}, track="learned"),
    claim("style_grid.causal", grid, {"row": "change .75, statistical", "style": 0.37}, track="learned"),
    claim("thm5.tokens", tokens, {"text": "set"}, track="learned"),
    claim("cor3.exact", curve, {"n": 3, "temperature": 2.0, "sampled": False}),
    claim("cor3.sampled", curve, {"n": 3, "temperature": 2.0, "sampled": True}, track="learned"),
    claim("gk.exact", exact, {"error": 3e-14}, formula=r"\begin{cases}a\end{cases}"),
    claim("thm5.printed", exact, {"error": 0.5}, form="printed"),
    claim("emoji.content", pictures, {"captions": "content"}, track="real"),
    claim("emoji.both", pictures, {"captions": "both"}, track="real"),
    claim("emoji.missing", unavailable, {}, track="real"),
)


def phase(setting: Setting, seed: int, context: Context) -> Evidence:
    """Invariance over label noise and strength: everywhere for one objective, at no noise only for the other."""
    noise, strength = [0.0, 0.25], [0.5, 0.85, 0.9]
    series = {
        "label_noise": noise,
        "strength": strength,
        "invariant": {"pruned": [[1, 1, 1], [1, 0, 0]], "balanced": [[1, 1, 1], [1, 1, 1]]},
        "ood_accuracy": {"pruned": [[1.0, 1.0, 1.0], [0.75, 0.1, 0.1]], "balanced": [[1.0] * 3, [0.75] * 3]},
    }
    return Evidence({"disagreements": 0.0}, {"disagreements": (0.0, 0.0)}, series=series)


def trained(setting: Setting, seed: int, context: Context) -> Evidence:
    """A run that reads the colour or not."""
    ood = setting["ood"] + 0.004 * seed
    accuracy = [0.9, 0.8, ood] if ood < 0.5 else [0.72, 0.75, ood]
    scores = {"accuracy": accuracy, "penalty": setting["penalty"], "calibration": [0.05, 0.06, 0.3]}
    prompts = {"matched": scores, "mean": scores | {"accuracy": [0.8, 0.8, 0.4]}}
    own = "matched" if setting["objective"] == "full" else "class"
    series = {
        "objective": setting["objective"],
        "label_noise": setting.get("label_noise", 0.25),
        "strength": sum(setting.get("colour", (0.9, 0.8))) / 2,
        "environments": ["e1", "e2", "test"],
        **scores,
        "prompt": own,
        "prompts": prompts if own == "matched" else {"class": scores},
        "selection": {"last": {"ood": ood}, "training": {"ood": 0.123}, "oracle": {"ood": 0.777}},
    }
    return Evidence({"ood": ood}, {"ood": (0.0, 1.0)}, {"ood": 0.75}, {"ood": 0.1}, series)


def sphere(setting: Setting, seed: int, context: Context) -> Evidence:
    """Two random starts at a temperature below and at one above the critical one."""
    series = {
        "temperature": [0.3, 0.6],
        "bound": [-0.95, -0.9],
        "loss": [[-0.95, -0.9499], [-0.9, -0.9]],
        "image_dependence": [[1.2, 0.8], [1e-7, 0.0]],
        "predictor_dependence": [[1e-8, 2e-8], [1e-9, 3e-9]],
        "critical_temperature": 0.4046,
    }
    return Evidence({"loss_gap": 1e-4}, {"loss_gap": (0.0, 1e-3)}, series=series)


def unit_test(setting: Setting, seed: int, context: Context) -> Evidence:
    """A method on an example of the linear unit tests."""
    series = {
        "example": setting["example"],
        "environments": 3,
        "method": setting["method"],
        "errors": [0.2, 0.4],
        "interval": [0.25, 0.45],
        "oracle": [0.01, 0.03],
        "reported": setting["reported"],
    }
    return Evidence({"error": 0.3}, {"error": (0.0, 1.0)}, series=series)


def coefficients(setting: Setting, seed: int, context: Context) -> Evidence:
    """Errors of causes and effects, run by run; none are reported for the scrambled case."""
    example = f"chain hetero=1 hidden=0 scramble={setting['scramble']}"
    series = {"example": example, "method": setting["method"], "errors": [0.2, 0.3], "by_run": [[0.1, 0.3], [0.2, 0.4]]}
    reported = None if setting["scramble"] else [0.26, 0.33]
    return Evidence({"causes": 0.2}, {"causes": (0.0, 1.0)}, series=series | {"reported": reported})


INVARIANCE = {
    "equivalence": (
        claim("phase.iff", phase, {"classes": 2}),
        claim(
            "bits.invariant",
            trained,
            {"classes": 2, "objective": "balanced", "ood": 0.745, "penalty": 1e-5},
            {"classes": 2, "objective": "full", "ood": 0.74, "penalty": 1e-9},
            seeds=2,
            track="learned",
        ),
        claim(
            "bits.invariant.changed",
            trained,
            {"classes": 2, "objective": "pruned", "colour": (0.5, 0.5), "ood": 0.75, "penalty": 1e-4},
            {"classes": 2, "objective": "full", "layers": 0, "ood": 0.5, "penalty": 1e-4},
            {"classes": 2, "objective": "balanced", "colour": (0.9995, 0.999), "ood": 0.2, "penalty": 1e-4},
            {"classes": 2, "objective": "balanced", "colour_of_mislabelled": 0.5, "ood": 0.3, "penalty": 1e-4},
            track="learned",
            form="violation",
            drops=("bits.invariant", "smooth"),
        ),
        claim(
            "digits.pruned",
            trained,
            {"classes": 10, "images": "digits", "objective": "pruned", "ood": 0.1, "penalty": 7e-3},
            track="learned",
        ),
        claim("sphere.threshold", sphere, {}),
    ),
    "invariance_tests": (
        claim("unit.erm", unit_test, {"example": "1", "method": "ERM", "reported": 0.42}, track="learned"),
        claim("unit.new", unit_test, {"example": "2", "method": "balanced", "reported": None}, track="learned"),
        claim("chain.erm", coefficients, {"method": "ERM", "scramble": 0}, {"method": "ERM", "scramble": 1}),
        claim("chain.irm", coefficients, {"method": "IRM", "scramble": 0}),
    ),
}


def write_records(store: RecordStore, claims: tuple[Claim, ...]) -> None:
    """Run the made-up claims as a run does and append their records, last cell first."""
    for cell in reversed(plan(claims, "quick", None)):
        store.append(run_cell(cell, None, PROVENANCE))


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of records: one run of preset quick."""
    out = tmp_path_factory.mktemp("runs")
    with open_records(out / "identifiability" / "quick-0a1b2c3d4e5f") as store:
        write_records(store, CLAIMS)
    return out


@pytest.fixture(scope="session")
def reading(runs: Path) -> Reading:
    """The same records as figures and page get them."""
    return read_run("identifiability", None, runs)


@pytest.fixture(scope="session")
def invariance(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Reading]:
    """The experiments on invariance, in a folder of their own."""
    out = tmp_path_factory.mktemp("invariance")
    for experiment, claims in INVARIANCE.items():
        with open_records(out / experiment / "quick-0a1b2c3d4e5f") as store:
            write_records(store, claims)
    return {experiment: read_run(experiment, None, out) for experiment in INVARIANCE}


@pytest.fixture(scope="session")
def drawn(reading: Reading) -> tuple[list[Picture], dict[str, str]]:
    """Every figure of these records, and why others are missing."""
    return draw_all(reading)
