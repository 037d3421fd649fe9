"""Which forms of the process reward leave the optimal completions of the task alone: the potential does, exactly."""

from dataclasses import replace

import numpy as np
import torch

from identifiability.claims.claim import Claim, Context, Evidence, Setting
from identifiability.claims.reasoning.presets import drawn_anew
from identifiability.exact.reasoning.random_problems import Problem, random_problem
from identifiability.objectives.advantages import returns_to_go
from scm.streams import stream


def changed(problem: Problem, returns: np.ndarray, reference: np.ndarray) -> tuple[bool, float]:
    """Whether the optimal tokens differ at some prefix, and the share of prefixes at which they do."""
    differ = problem.completions.optimal_tokens(returns) != problem.completions.optimal_tokens(reference)
    return bool(differ.any()), float(differ.any(axis=1).mean())


def optimal_sets(setting: Setting, seed: int, context: Context) -> Evidence:
    """Optimal tokens at every prefix of random problems, with and without the process reward: none may differ."""
    form, discount = setting["form"], setting["discount"]
    rng = stream(seed, "random problems")
    problems, share = 0, 0.0
    for _ in range(setting["problems"]):
        problem = random_problem(rng=rng)
        process = problem.process(form, discount=discount)
        if setting.get("terminal") == "last score":
            process = process + discount * problem.last_scores
        discount_of_return = setting.get("return_discount", discount)
        returns = problem.returns(process, discount=discount_of_return)
        task = problem.returns(np.zeros_like(process), discount=discount_of_return)
        differs, part = changed(problem, returns, task)
        problems, share = problems + differs, share + part
    count = setting["problems"]
    return Evidence(
        measured={
            "problems": float(count),
            "problems_with_other_optima": float(problems),
            "share_of_prefixes_with_other_optima": share / count,
        },
        bar={"problems_with_other_optima": (0.0, 0.0)},
        note="optimal tokens at every prefix, reached or not; sums of dyadic numbers, without rounding",
    )


def other_optima(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where half of the problems must have other optima at least."""
    found = optimal_sets(setting, seed, context)
    return replace(found, bar={"problems_with_other_optima": (0.5 * setting["problems"], None)})


def shaped_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """Policy gradients of random policies: of the outcome, and of the outcome with the potential's returns to go."""
    rng = stream(seed, "random policies")
    largest, size = 0.0, np.inf
    for _ in range(setting["problems"]):
        problem = random_problem(rng=rng)
        completions = problem.completions
        logits = rng.normal(size=(completions.prefix_count, completions.words + 1))
        if setting["sees"] == "later tokens":
            later = -rng.integers(1, 17, size=problem.scores.shape) / 8  # another score for every completion
            problem = Problem(completions, problem.outcome, later, problem.steps, problem.weight)
        process = problem.process("potential")
        shaping = process if setting["credit"] == "own token" else returns_to_go(torch.from_numpy(process)).numpy()
        outcome = np.broadcast_to(problem.outcome[:, None], process.shape)
        alone = completions.policy_gradient(logits, outcome)
        shaped = completions.policy_gradient(logits, outcome + problem.weight * shaping)
        largest = max(largest, float(np.abs(shaped - alone).max()))
        size = min(size, float(np.abs(alone).max()))
    return Evidence(
        measured={"largest_difference": largest, "least_gradient": size},
        bar={"largest_difference": (0.0, 1e-12)},
        note="exact gradients in the logits of random policies",
    )


def other_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where some gradient must differ."""
    return replace(shaped_gradient(setting, seed, context), bar={"largest_difference": (0.05, None)})


_SOURCE = "CLIP-IRM (CVPR 2026), process reward"
_NG = "Ng, Harada and Russell 1999, Theorem 1, for completions"
_OPTIMA = "shaping.potential"
_GRADIENT = "shaping.gradient"
_PREFIX = "the words so far decide the potential"
_END = "the potential is 0 behind the last token"
_DISCOUNT = "the shaping has the return's own discount"
_TO_GO = "a token is credited with what follows it"
_RANDOM = {"problems": 200, "discount": 1.0}

CLAIMS = (
    Claim(
        id="shaping.printed",
        statement="The process reward, summed over the steps as printed, guides the policy and leaves the optimal "
        "completions of the task as they are.",
        formula=r"R(\tau)=\sum_{k\le T}(r_k^{\mathrm{task}}+\lambda r_k^{\mathrm{proc}})\Rightarrow"
        r"\arg\max R=\arg\max R^{\mathrm{task}}",
        source=_SOURCE,
        form="printed",
        track="exact",
        assumptions=(_PREFIX,),
        check=optimal_sets,
        **drawn_anew({**_RANDOM, "form": "printed"}, {**_RANDOM, "form": "mean"}),
    ),
    Claim(
        id=_OPTIMA,
        statement="Paid as the difference of a potential, the process reward changes the optimal tokens at no prefix "
        "of any problem.",
        formula=r"r_k=\gamma\Psi(k+1)-\Psi(k),\ \Psi(T)=0\Rightarrow\arg\max R=\arg\max R^{\mathrm{task}}",
        source=_NG,
        form="corrected",
        track="exact",
        assumptions=(_END, _DISCOUNT),
        check=optimal_sets,
        **drawn_anew({**_RANDOM, "form": "potential"}, {**_RANDOM, "form": "potential", "discount": 0.5}),
    ),
    Claim(
        id=f"{_OPTIMA}.terminal",
        statement="If the potential keeps the last score behind the last token, that score is paid, and other "
        "completions become optimal.",
        formula=r"\Psi(T)\neq 0:\ R=R^{\mathrm{task}}+\lambda\Psi(T)",
        source=f"{_NG} (the end dropped)",
        form="violation",
        track="exact",
        assumptions=(_DISCOUNT,),
        check=other_optima,
        drops=(_OPTIMA, _END),
        **drawn_anew({**_RANDOM, "form": "potential", "terminal": "last score"}),
    ),
    Claim(
        id=f"{_OPTIMA}.discount",
        statement="A discount in the shaping alone, with a return that has none, pays for every further step, and "
        "other completions become optimal.",
        formula=r"\sum_k(\gamma\Psi(k+1)-\Psi(k))=-\Psi(0)-(1-\gamma)\sum_{0<k<T}\Psi(k)",
        source=f"{_NG} (one discount dropped)",
        form="violation",
        track="exact",
        assumptions=(_END,),
        check=other_optima,
        drops=(_OPTIMA, _DISCOUNT),
        **drawn_anew({**_RANDOM, "form": "potential", "discount": 0.5, "return_discount": 1.0}),
    ),
    Claim(
        id=_GRADIENT,
        statement="The expected policy gradient with a potential is the one without, for every policy: the potential "
        "is a baseline, and can only change the noise.",
        formula=r"\sum_{j\ge k}r_j=-\Psi(k)\Rightarrow\nabla J_{\mathrm{shaped}}=\nabla J_{\mathrm{task}}",
        source="own proof; compare Wiewiora 2003",
        form="extra",
        track="exact",
        assumptions=(_PREFIX, _TO_GO),
        check=shaped_gradient,
        **drawn_anew({"problems": 50, "credit": "to go", "sees": "earlier tokens"}),
    ),
    Claim(
        id=f"{_GRADIENT}.own_token",
        statement="Credited to each token alone, without what follows, the differences of a potential change the "
        "gradient.",
        formula=r"A_k=R+\lambda r_k\Rightarrow\nabla J\neq\nabla J_{\mathrm{task}}",
        source="own example",
        form="violation",
        track="exact",
        assumptions=(_PREFIX,),
        check=other_gradient,
        drops=(_GRADIENT, _TO_GO),
        **drawn_anew({"problems": 50, "credit": "own token", "sees": "earlier tokens"}),
    ),
    Claim(
        id=f"{_GRADIENT}.later_tokens",
        statement="A score that later tokens change, as that of a window cut at the next word's end, is no baseline "
        "and changes the gradient.",
        formula=r"\Psi(k)=\psi(t_{\le k+1})\Rightarrow\nabla J\neq\nabla J_{\mathrm{task}}",
        source="own example",
        form="violation",
        track="exact",
        assumptions=(_TO_GO,),
        check=other_gradient,
        drops=(_GRADIENT, _PREFIX),
        **drawn_anew({"problems": 50, "credit": "to go", "sees": "later tokens"}),
    ),
)
