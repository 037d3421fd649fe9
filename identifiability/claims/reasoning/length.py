"""What the form of the process reward does with length: sums of scores below 0 want none, means do not mind."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting
from identifiability.claims.reasoning.presets import drawn_anew
from identifiability.exact.reasoning.random_problems import Problem, random_problem
from identifiability.objectives.advantages import returns_to_go
from identifiability.objectives.process_reward import normalised_scores, process_rewards
from scm.streams import stream


def shorter_against_longer(setting: Setting, seed: int, context: Context) -> Evidence:
    """Process returns of all pairs of a completion and one that begins with its words; every word is a step."""
    rng = stream(seed, "random problems")
    pairs, longer_wins, words = 0, 0, 0.0
    for _ in range(setting["problems"]):
        problem = _all_words_are_steps(random_problem(rng=rng))
        if setting["scores"] == "normalised":
            scores = normalised_scores(torch.from_numpy(problem.scores), torch.from_numpy(problem.steps)).numpy()
            problem = replace(problem, scores=scores)
        returns = problem.process(setting["form"]).sum(axis=1)
        completions = problem.completions
        ended = np.flatnonzero(completions.ended)
        lengths = completions.wrote.sum(axis=1)
        for short in ended[lengths[ended] > 0]:
            begun = completions.tokens[ended, : lengths[short]] == completions.tokens[short, : lengths[short]]
            longer = ended[begun.all(axis=1) & (lengths[ended] > lengths[short])]
            pairs += len(longer)
            longer_wins += int((returns[longer] >= returns[short]).sum())
        told = ended[lengths[ended] > 0]
        words += float(lengths[told[returns[told] == returns[told].max()]].mean())
    return Evidence(
        measured={
            "pairs": float(pairs),
            "share_where_the_longer_earns_as_much": longer_wins / pairs,
            "words_of_what_earns_most": words / setting["problems"],
        },
        bar={"share_where_the_longer_earns_as_much": (0.0, 0.0), "words_of_what_earns_most": (1.0, 1.0)},
        note="process returns alone, of completions that say something",
    )


def longer_can_win(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where the longer one must often earn as much."""
    found = shorter_against_longer(setting, seed, context)
    return replace(found, bar={"share_where_the_longer_earns_as_much": (0.2, None)})


def repeated_steps(setting: Setting, seed: int, context: Context) -> Evidence:
    """Process returns of completions, and of the same with each step repeated two to four times."""
    rng = stream(seed, "random scores")
    mean_change, change = 0.0, np.inf
    for _ in range(setting["completions"]):
        scores = torch.from_numpy(-rng.uniform(0.1, 2.0, size=(1, int(rng.integers(1, 7)))))
        longer = scores.repeat_interleave(int(rng.integers(2, 5)), dim=1)
        first, second = (float(process_rewards(s, s < 0, s < 0, form=setting["form"]).sum()) for s in (scores, longer))
        mean_change, change = max(mean_change, abs(second - first)), min(change, abs(second - first))
    return Evidence(
        measured={"largest_change": mean_change, "least_change": change},
        bar={"largest_change": (0.0, 1e-12)},
    )


def repeated_steps_cost(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where every completion's return must change."""
    return replace(repeated_steps(setting, seed, context), bar={"least_change": (0.05, None)})


def mean_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """Policy gradients of the mean score: from whole returns, and from returns to go as the mean is paid."""
    rng = stream(seed, "random policies")
    largest, size = 0.0, np.inf
    for _ in range(setting["problems"]):
        problem = random_problem(rng=rng)
        completions = problem.completions
        logits = rng.normal(size=(completions.prefix_count, completions.words + 1))
        paid = problem.process("mean")
        whole = np.broadcast_to(paid.sum(axis=1, keepdims=True), paid.shape)
        if setting["paid"] == "step by step":
            paid = _in_parts(problem)
        to_go = returns_to_go(torch.from_numpy(paid.copy())).numpy()
        reference = completions.policy_gradient(logits, whole)
        largest = max(largest, float(np.abs(completions.policy_gradient(logits, to_go) - reference).max()))
        size = min(size, float(np.abs(reference).max()))
    return Evidence(
        measured={"largest_difference": largest, "least_gradient": size},
        bar={"largest_difference": (0.0, 1e-12)},
        note="exact gradients in the logits of random policies",
    )


def mean_in_parts_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where some gradient must differ."""
    return replace(mean_gradient(setting, seed, context), bar={"largest_difference": (0.05, None)})


def _all_words_are_steps(problem: Problem) -> Problem:
    return replace(problem, steps=problem.completions.wrote)


def _in_parts(problem: Problem) -> Float[np.ndarray, "N T"]:
    counts = np.maximum(problem.steps.sum(axis=1, keepdims=True), 1)
    return np.where(problem.steps, problem.scores / counts, 0.0)


_SOURCE = "CLIP-IRM (CVPR 2026), process reward; own proof"
_SUM = "length.sum"
_MEAN = "length.mean"
_PAID = "length.mean_at_the_end"
_SUMMED = "scores are summed over the steps"
_BELOW = "every score is below 0"
_AVERAGED = "scores are averaged over the steps"
_END = "the mean is paid with the last token"
_PROBLEMS = {"problems": 200, "scores": "below 0", "form": "printed"}

CLAIMS = (
    Claim(
        id=_SUM,
        statement="Summed as printed, log-likelihoods always pay a completion more than any that goes on from it: of "
        "all that say something, a single word earns most.",
        formula=r"s_k<0\Rightarrow\sum_{k\le n}s_k>\sum_{k\le m}s_k\quad(n<m)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_BELOW, _SUMMED),
        check=shorter_against_longer,
        **drawn_anew(_PROBLEMS),
    ),
    Claim(
        id=f"{_SUM}.mean",
        statement="Averaged over the steps, the longer of two completions often earns as much or more.",
        formula=r"\frac{1}{m}\sum_{k\le m}s_k\ge\frac{1}{n}\sum_{k\le n}s_k",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_BELOW,),
        check=longer_can_win,
        drops=(_SUM, _SUMMED),
        **drawn_anew({**_PROBLEMS, "form": "mean"}),
    ),
    Claim(
        id=f"{_SUM}.normalised",
        statement="Scores that are normalised in the batch have mean 0, and their sum pays for going on wherever steps "
        "score above it.",
        formula=r"\frac{s_k-\mu}{\sigma}>0\Rightarrow\sum_{k\le m}s_k>\sum_{k<m}s_k",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(_SUMMED,),
        check=longer_can_win,
        drops=(_SUM, _BELOW),
        **drawn_anew({**_PROBLEMS, "scores": "normalised"}),
    ),
    Claim(
        id=_MEAN,
        statement="Averaged over the steps, a completion earns the same with each of its steps repeated.",
        formula=r"\frac{1}{mn}\sum_{k\le n}m s_k=\frac{1}{n}\sum_{k\le n}s_k",
        source=_SOURCE,
        form="corrected",
        track="exact",
        assumptions=(_AVERAGED,),
        check=repeated_steps,
        **drawn_anew({"completions": 200, "form": "mean"}),
    ),
    Claim(
        id=f"{_MEAN}.sum",
        statement="Summed as printed, repeating its steps costs a completion all of their scores once more.",
        formula=r"\sum_{k\le n}m s_k=m\sum_{k\le n}s_k",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=repeated_steps_cost,
        drops=(_MEAN, _AVERAGED),
        **drawn_anew({"completions": 200, "form": "printed"}),
    ),
    Claim(
        id=_PAID,
        statement="Paid with the last token, the mean score has the right policy gradient from returns to go.",
        formula=r"E\sum_k\bar s\,\nabla\log\pi(t_k)=\nabla E\bar s",
        source="own proof",
        form="extra",
        track="exact",
        assumptions=(_END,),
        check=mean_gradient,
        **drawn_anew({"problems": 50, "paid": "at the end"}),
    ),
    Claim(
        id=f"{_PAID}.step_by_step",
        statement="Paid as a share with each step, the mean score has a wrong policy gradient from returns to go: "
        "later tokens change the length, and with it what earlier ones were paid.",
        formula=r"r_k=s_k/n:\ E\sum_k\sum_{j\ge k}r_j\nabla\log\pi(t_k)\neq\nabla E\bar s",
        source="own example",
        form="violation",
        track="exact",
        assumptions=(),
        check=mean_in_parts_gradient,
        drops=(_PAID, _END),
        **drawn_anew({"problems": 50, "paid": "step by step"}),
    ),
)
