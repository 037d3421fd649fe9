"""Block identifiability on real pictures: which factor a tower keeps is decided by what the captions name.

Content is which emoji, style is which vendor drew it. Towers are trained from scratch on pairs of the seen emoji;
probes are scored on held-out emoji, which no tower and no probe has seen.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from identifiability.claims.claim import Claim, Context, Evidence, Interval, NotAvailable, Preset, Setting
from realscale.claims.emoji_towers import TOWERS, EmojiCodes, EmojiTask, identification, learn_emoji
from realscale.data import contact_sheet, load
from scm.streams import stream

STYLES = ("noto", "twemoji", "openmoji", "fluent-flat")  # four independent vendors; no drawing is shared between them
SIZE = 32

# One threshold a factor separates "decodable" from "not", the same in every claim: a share of the way from chance to 1.
# Naming a vendor is easy (four of them), finding one emoji among hundreds in another vendor's style is hard.
STYLE_SHARE = 0.5
CONTENT_SHARE = 0.1


def emoji_missing() -> str:
    """Why the emoji cannot be used here, with the command that gets them; "" when they can."""
    try:
        load("emoji", styles=STYLES, size=SIZE)
    except NotAvailable as missing:
        return str(missing)
    return ""


def decodability(setting: Setting, seed: int, context: Context) -> Evidence:
    """Train both towers with captions of one mode and measure what each code tells of content and of style."""
    dataset = load("emoji", styles=STYLES, size=SIZE)
    mode = setting["captions"]
    task = EmojiTask(mode, setting["steps"], setting.get("batch", EmojiTask.batch))
    codes = learn_emoji(dataset, task, seed, context)
    floor = _floors(codes)
    measured = {f"style_{tower}": _style_accuracy(codes, tower) for tower in TOWERS}
    measured["content_image"] = identification(
        codes.held_out_codes["image"], codes.held_out.concepts, codes.held_out.styles
    )
    measured["content_text"] = _caption_identification(codes)
    measured["class_image"] = _class_accuracy(codes)
    named = {"style": mode != "content", "content": mode != "style"}
    bar: dict[str, Interval] = {}
    for factor, share in (("style", STYLE_SHARE), ("content", CONTENT_SHARE)):
        name = f"{factor}_image"
        threshold = floor[name] + share * (1 - floor[name])
        bar[name] = (threshold, None) if named[factor] else (None, threshold)
    bar["style_text"] = (0.75, None) if named["style"] else (floor["style_text"] - 0.02, floor["style_text"] + 0.02)
    sheet = contact_sheet(dataset, 8, rng=stream(0, "contact sheet")).to_record()
    return Evidence(
        measured=measured,
        bar=bar,
        ceiling=dict.fromkeys(measured, 1.0),
        floor=floor,
        series={
            "steps": codes.history.steps,
            "loss": codes.history.losses,
            "contact_sheet": sheet,
            "data": dataset.describe(),
        },
        note="style_*: accuracy of a linear probe for the vendor; content_image: the nearest held-out picture of "
        "another vendor is the same emoji; content_text: the nearest held-out caption of a picture is its own; "
        "class_image: balanced accuracy of a linear probe for the CLDR subgroup. Small towers, trained from scratch.",
    )


def _floors(codes: EmojiCodes) -> dict[str, float]:
    held_out = codes.held_out
    style = float(np.bincount(held_out.styles).max() / len(held_out))
    content = 1 / len(np.unique(held_out.concepts))
    return {
        "style_image": style,
        "style_text": style,
        "content_image": content,
        "content_text": content,
        "class_image": 1 / len(np.unique(held_out.classes)),
    }


def _style_accuracy(codes: EmojiCodes, tower: str) -> float:
    probe = _linear_probe().fit(codes.seen_codes[tower], codes.seen.styles)
    return float(probe.score(codes.held_out_codes[tower], codes.held_out.styles))


def _class_accuracy(codes: EmojiCodes) -> float:
    probe = _linear_probe(class_weight="balanced").fit(codes.seen_codes["image"], codes.seen.classes)
    labels = codes.held_out.classes
    right = probe.predict(codes.held_out_codes["image"]) == labels
    return float(np.mean([right[labels == label].mean() for label in np.unique(labels)]))


def _caption_identification(codes: EmojiCodes) -> float:
    """How often the caption nearest to a held-out picture, among the captions of its own style, names its emoji.

    A tie counts as the share that the right caption has of it: captions that do not name the content all tie.
    """
    scores = []
    for style in np.unique(codes.held_out.styles):
        rows = codes.held_out.styles == style
        similarity = codes.held_out_codes["image"][rows] @ codes.held_out_codes["text"][rows].T
        best = similarity >= similarity.max(axis=1, keepdims=True) - 1e-9
        scores.append(float((np.diag(best) / best.sum(axis=1)).mean()))
    return float(np.mean(scores))


def _linear_probe(**options: str):  # type: ignore[no-untyped-def]  # a scikit-learn pipeline
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, **options))


def _settings(mode: str) -> dict[Preset, tuple[Setting, ...]]:
    steps: dict[Preset, int] = {"quick": 100, "standard": 250, "full": 3000}
    return {preset: ({"captions": mode, "steps": count},) for preset, count in steps.items()}


_SEEDS: dict[Preset, int] = {"quick": 1, "standard": 3, "full": 5}
_SOURCE = "arXiv 2510.26302, Corollary 3; arXiv 2504.10143, Theorem 4.1"
_CONTENT = "emoji.content_captions"
_STYLE = "emoji.style_captions"
_DRAWN = "every vendor draws every emoji"
_NAMES_CONTENT = "the caption names the content"
_NAMES_STYLE = "the caption names the style"
_OMITS_CONTENT = "the caption omits the content"
_OMITS_STYLE = "the caption omits the style"

EMOJI = (
    Claim(
        id=_CONTENT,
        statement="Trained on real emoji pictures with captions that name the content only, the image code tells which "
        "emoji it is across vendors and little of the vendor; the caption code tells nothing of the vendor.",
        formula=r"\text{caption omits style}\ \Rightarrow\ f(x)\ \text{carries content, not style}",
        source=_SOURCE,
        form="extra",
        track="real",
        assumptions=(_DRAWN, _NAMES_CONTENT, _OMITS_STYLE),
        check=decodability,
        settings=_settings("content"),
        seeds=_SEEDS,
    ),
    Claim(
        id=_STYLE,
        statement="With captions that name the vendor only, the image code tells the vendor, hardly which emoji.",
        formula=r"\text{caption omits content}\ \Rightarrow\ f(x)\ \text{carries style, not content}",
        source=_SOURCE,
        form="extra",
        track="real",
        assumptions=(_DRAWN, _NAMES_STYLE, _OMITS_CONTENT),
        check=decodability,
        settings=_settings("style"),
        seeds=_SEEDS,
    ),
    Claim(
        id=f"{_CONTENT}.style_named_too",
        statement="As soon as the captions name the vendor too, the image code tells the vendor again.",
        formula=r"\text{caption names both}\ \Rightarrow\ f(x)\ \text{carries content and style}",
        source=_SOURCE,
        form="violation",
        track="real",
        assumptions=(_DRAWN, _NAMES_CONTENT),
        check=decodability,
        settings=_settings("both"),
        seeds=_SEEDS,
        drops=(_CONTENT, _OMITS_STYLE),
    ),
    Claim(
        id=f"{_STYLE}.content_named_too",
        statement="As soon as the captions name the emoji too, the image code tells which emoji it is again.",
        formula=r"\text{caption names both}\ \Rightarrow\ f(x)\ \text{carries style and content}",
        source=_SOURCE,
        form="violation",
        track="real",
        assumptions=(_DRAWN, _NAMES_STYLE),
        check=decodability,
        settings={
            "quick": ({"captions": "both", "steps": 100, "batch": 128},),
            "standard": ({"captions": "both", "steps": 250, "batch": 128},),
            "full": ({"captions": "both", "steps": 3000, "batch": 128},),
        },
        seeds={"quick": 1, "standard": 1, "full": 5},
        drops=(_STYLE, _OMITS_CONTENT),
    ),
)
