"""A tiny experiment for the tests of the command line: `python fake_experiment.py [run|list|show] ...`.

Its checks are quick, import nothing heavy, and obey three files in the folder that FAKE_EXPERIMENT names: `data` (the
real data is there), `wait` (the slow check stops at its seed 3 until the file is gone), `broken` (a check raises).
"""

import os
import sys
import time
from pathlib import Path

from experiments.command import Experiment, main
from identifiability.claims.claim import Claim, Context, Evidence, NotAvailable, Setting, every_preset
from scm.streams import stream


def told(name: str) -> bool:
    return (Path(os.environ["FAKE_EXPERIMENT"]) / name).exists() if "FAKE_EXPERIMENT" in os.environ else False


def mean_of_draws(setting: Setting, seed: int, context: Context) -> Evidence:
    draws = stream(seed, "draws").standard_normal((100, setting["dims"]))
    return Evidence(
        measured={"mean": float(draws.mean()), "product": float((draws.T @ draws).trace())},
        bar={"mean": (-1.0, 1.0)},
        ceiling={"mean": 1.0},
        floor={"mean": -1.0},
        series={"draws": draws[:3].tolist()},
        note="standard normal draws",
    )


def slow(setting: Setting, seed: int, context: Context) -> Evidence:
    time.sleep(setting["seconds"])
    while seed == 3 and told("wait"):
        time.sleep(0.02)
    if told("broken"):
        raise ZeroDivisionError("broken check")
    return Evidence(measured={"draw": float(stream(seed, "slow").random())}, bar={"draw": (0.0, 1.0)})


def too_large(setting: Setting, seed: int, context: Context) -> Evidence:
    return Evidence(measured={"count": 2.0}, bar={"count": (1.0, 1.0)})


def undefined(setting: Setting, seed: int, context: Context) -> Evidence:
    return Evidence(measured={"ratio": float("nan") if seed == 1 else 0.5}, bar={"ratio": (0.0, 1.0)})


def of_data(setting: Setting, seed: int, context: Context) -> Evidence:
    if not told("data"):
        raise NotAvailable("the fake data is missing; put it there")
    return Evidence(measured={"accuracy": 0.9}, bar={"accuracy": (0.5, None)})


def data_missing() -> str:
    return "" if told("data") else "the fake data is missing; put it there"


CLAIMS = (
    Claim(
        id="draws.mean",
        statement="The mean of standard normal draws is near 0.",
        formula=r"\bar x\to 0",
        source="own",
        form="corrected",
        track="exact",
        assumptions=("finite variance",),
        check=mean_of_draws,
        **every_preset({"dims": 3, "kind": "normal"}, {"dims": 5, "kind": "normal"}, seeds=2),
    ),
    Claim(
        id="draws.mean.heavy",
        statement="Without a variance it is not.",
        formula=r"\bar x\not\to 0",
        source="own",
        form="violation",
        track="exact",
        assumptions=(),
        check=mean_of_draws,
        drops=("draws.mean", "finite variance"),
        **every_preset({"dims": 2}),
    ),
    Claim(
        id="count.printed",
        statement="There is one.",
        formula="n=1",
        source="a paper, Theorem 1",
        form="printed",
        track="exact",
        assumptions=(),
        check=too_large,
        **every_preset({}),
    ),
    Claim(
        id="count.own",
        statement="There is one.",
        formula="n=1",
        source="own",
        form="extra",
        track="exact",
        assumptions=(),
        check=too_large,
        **every_preset({}),
    ),
    Claim(
        id="ratio.undefined",
        statement="The ratio is below 1.",
        formula="r<1",
        source="own",
        form="extra",
        track="exact",
        assumptions=(),
        check=undefined,
        **every_preset({}, seeds=2),
    ),
    Claim(
        id="draws.slow",
        statement="Slow draws lie in [0, 1].",
        formula=r"u\in[0,1]",
        source="own",
        form="extra",
        track="learned",
        assumptions=(),
        check=slow,
        **every_preset({"seconds": 0.02}, seeds=6),
    ),
    Claim(
        id="data.accuracy",
        statement="Real data is classified.",
        formula="a>0.5",
        source="own",
        form="extra",
        track="real",
        assumptions=(),
        check=of_data,
        **every_preset({}),
    ),
)

EXPERIMENT = Experiment("fake", CLAIMS, "emoji", data_missing)

if __name__ == "__main__":
    sys.exit(main(EXPERIMENT))
