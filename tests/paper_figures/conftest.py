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
def drawn(reading: Reading) -> tuple[list[Picture], dict[str, str]]:
    """Every figure of these records, and why others are missing."""
    return draw_all(reading)
