"""Selection learned: when the caption omits semantics, exactly what it names is identified."""

from collections.abc import Mapping
from dataclasses import replace

from identifiability.claims.claim import Claim, Context, Evidence, Interval, Setting
from identifiability.claims.measures import Block, block_measures
from identifiability.claims.sentence import TOLERANCE, series_of, task_of
from identifiability.learning.codes import TOWERS, Tower
from identifiability.learning.sentence import learn_sentence
from scm.sentence import SentenceConfig
from scm.streams import stream


def named_block(setting: Setting, seed: int, context: Context) -> Evidence:
    """The caption names the first half of the shared coordinates; the code has as many outputs."""
    dims = setting["dims"]
    named = (dims + 1) // 2
    config = SentenceConfig(n_inv=dims, n_dp=0, n_pr=dims, layers=setting["layers"], text_selects=tuple(range(named)))
    scm, learned = learn_sentence(task_of(setting, config, named), seed, context)
    ceiling = float(scm.ceiling("z_inv", "z_inv_text")[named:].mean())
    shared = learned.latents["z_inv"]
    codes = replace(learned, latents={**learned.latents, "named": shared[:, :named], "omitted": shared[:, named:]})
    others: Mapping[Tower, Mapping[str, Block]] = {
        "image": {"omitted": ("omitted", ceiling), "private": ("z_pr_img", 0.0)},
        "text": {"omitted": ("omitted", ceiling), "private": ("z_pr_tex", 0.0)},
    }
    measures = block_measures(codes, "named", others, rng=stream(seed, "floor"))
    bar: dict[str, Interval] = {}
    for tower in TOWERS:
        bar[f"forward_{tower}"] = (0.99, None)
        bar[f"reverse_{tower}"] = (0.99, None)
        bar[f"excess_omitted_{tower}"] = (-TOLERANCE, TOLERANCE)
        bar[f"private_{tower}"] = (-TOLERANCE, TOLERANCE)
    return measures.evidence(bar, series_of(learned, scm))


def redrawn_coordinate(setting: Setting, seed: int, context: Context) -> Evidence:
    """The caption redraws the first of the coordinates that it names: the code holds the others, and not that one."""
    dims = setting["dims"]
    named = (dims + 1) // 2
    config = SentenceConfig(
        n_inv=dims,
        n_dp=0,
        n_pr=dims,
        layers=setting["layers"],
        text_selects=tuple(range(named)),
        text_perturbs=(0,),
    )
    scm, learned = learn_sentence(task_of(setting, config, named), seed, context)
    ceiling = float(scm.ceiling("z_inv", "z_inv_text")[0])
    shared = learned.latents["z_inv"]
    codes = replace(learned, latents={**learned.latents, "kept": shared[:, 1:named], "redrawn": shared[:, :1]})
    block: Mapping[str, Block] = {"redrawn": ("redrawn", ceiling)}
    measures = block_measures(codes, "kept", {"image": block, "text": block}, rng=stream(seed, "floor"))
    bar: dict[str, Interval] = {f"forward_{tower}": (0.9, None) for tower in TOWERS}
    bar["redrawn_text"] = (None, ceiling + 2 * TOLERANCE)
    bar["redrawn_image"] = (None, 0.9)
    return measures.evidence(bar, series_of(learned, scm), "forward_*: of the coordinates that are named and kept")


_NAMED = "selection.named_block"
_SHARED = "the named coordinates are shared exactly"
_OUTPUTS = "as many outputs as named coordinates"

CLAIMS = (
    Claim(
        id=_NAMED,
        statement="If captions omit some shared coordinates, the code holds the named ones, and of the omitted ones "
        "what the named ones tell.",
        formula=r"f^*(x^{img})=h(z_{I}),\quad I=\text{coordinates that the caption names}",
        source="arXiv 2504.10143, Theorem 4.1",
        form="extra",
        track="learned",
        assumptions=(_SHARED, _OUTPUTS),
        check=named_block,
        settings={
            "quick": ({"dims": 3, "layers": 2, "steps": 800, "batch": 256, "width": 64},),
            "standard": ({"dims": 4, "layers": 2, "steps": 1200, "batch": 512, "width": 128},),
            "full": ({"dims": 10, "layers": 2, "steps": 20_000, "batch": 1024, "width": 256},),
        },
        seeds={"quick": 1, "standard": 3, "full": 5},
    ),
    Claim(
        id=f"{_NAMED}.redrawn_coordinate",
        statement="If captions name a coordinate but state it at random, the code holds of it only what the "
        "coordinates that are stated truly tell.",
        formula=r"z^{tex}_j\sim p(z_j)\ \text{independent of}\ z_j\ \Rightarrow\ "
        r"R^2(g\to z_j)\le R^2(z_{I\setminus j}\to z_j)",
        source="arXiv 2504.10143, Theorem 4.1 (perturbation bias)",
        form="violation",
        track="learned",
        assumptions=(_OUTPUTS,),
        check=redrawn_coordinate,
        drops=(_NAMED, _SHARED),
        settings={
            "quick": ({"dims": 3, "layers": 2, "steps": 200, "batch": 256, "width": 64},),
            "standard": ({"dims": 4, "layers": 2, "steps": 600, "batch": 256, "width": 64},),
            "full": ({"dims": 10, "layers": 2, "steps": 20_000, "batch": 1024, "width": 256},),
        },
        seeds={"quick": 1, "standard": 1, "full": 5},
    ),
)
