"""Group-relative advantages, every group enumerated: what they keep of the gradient, and what deviations change."""

from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float

from identifiability.claims.claim import Claim, Context, Evidence, Setting
from identifiability.claims.reasoning.presets import drawn_anew
from identifiability.exact.reasoning.groups import Groups
from identifiability.exact.reasoning.random_problems import random_problem
from identifiability.objectives.advantages import COMBINATIONS, returns_to_go, token_advantages
from scm.streams import stream


def shifted_rewards(setting: Setting, seed: int, context: Context) -> Evidence:
    """Advantages of random groups, and after a constant is added to one source of the group, or of one member."""
    rng = stream(seed, "random groups")
    largest = 0.0
    for _ in range(setting["groups"]):
        size, length = int(rng.integers(2, 9)), int(rng.integers(1, 6))
        task, process = torch.from_numpy(rng.normal(size=size)), torch.from_numpy(rng.normal(size=(size, length)))
        mask = torch.ones_like(process, dtype=torch.bool)
        members = slice(None) if setting["of"] == "group" else slice(1)
        more, more_process = task.clone(), process.clone()
        more[members] += float(rng.uniform(1, 10))
        more_process[members, length - 1] += float(rng.uniform(1, 10))
        for combination in COMBINATIONS:
            one, other = (
                token_advantages(t, p, mask, size, weight=0.5, combination=combination)
                for t, p in ((task, process), (more, more_process))
            )
            largest = max(largest, float((one - other).abs().max()))
    return Evidence(measured={"largest_change": largest}, bar={"largest_change": (0.0, 1e-9)})


def shifted_member(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where the advantages must change."""
    return replace(shifted_rewards(setting, seed, context), bar={"largest_change": (0.5, None)})


def expected_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """The expected group-relative gradient of random policies beside (1 - 1/G) times the policy gradient."""
    rng = stream(seed, "random policies")
    error, angle = 0.0, 0.0
    for _ in range(setting["problems"]):
        problem = random_problem(rng=rng, words=2, horizon=3)
        completions, process = problem.completions, problem.process("printed")
        logits = rng.normal(size=(completions.prefix_count, completions.words + 1))
        groups = Groups(setting["size"], len(process))
        every = groups.advantages(
            problem.outcome, process, completions.mask, weight=problem.weight, scale=setting["scale"]
        )
        expected = groups.expected(every, completions.log_probabilities(logits))
        found = completions.policy_gradient(logits, expected)
        to_go = returns_to_go(torch.from_numpy(process)).numpy()
        plain = completions.policy_gradient(logits, problem.outcome[:, None] + problem.weight * to_go)
        error = max(error, float(np.abs(found - (1 - 1 / setting["size"]) * plain).max()))
        cosine = float((found * plain).sum() / np.sqrt((found**2).sum() * (plain**2).sum()))
        angle = max(angle, float(np.degrees(np.arccos(min(cosine, 1.0)))))
    return Evidence(
        measured={"largest_error": error, "largest_angle": angle},
        bar={"largest_error": (0.0, 1e-12)},
        note=f"all groups of {setting['size']} completions; angle in degrees, between the two gradients",
    )


def turned_gradient(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where the two gradients must point apart."""
    return replace(expected_gradient(setting, seed, context), bar={"largest_angle": (10.0, None)})


def order_of_advantages(setting: Setting, seed: int, context: Context) -> Evidence:
    """Pairs of completions whose expected advantages are not in the order of their rewards."""
    rng = stream(seed, "random rewards")
    inversions, pairs = 0, 0
    for _ in range(setting["problems"]):
        task, process, log_policy = _bandit(rng, setting["completions"])
        groups, every = _advantages(task, process, setting)
        advantages = groups.expected(every, log_policy)[:, 0]
        total = task + setting["weight"] * process
        first, second = np.triu_indices(len(task), k=1)
        wanted = np.sign(total[first] - total[second])
        difference = advantages[first] - advantages[second]
        inversions += int((np.where(np.abs(difference) > 1e-12, np.sign(difference), 0) != wanted).sum())
        pairs += len(first)
    return Evidence(
        measured={"pairs": float(pairs), "inversions": float(inversions)},
        bar={"inversions": (0.0, 0.0)},
        note=f"groups of {setting['size']}, random policies over {setting['completions']} completions",
    )


def other_order(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where a hundredth of the pairs must be inverted."""
    found = order_of_advantages(setting, seed, context)
    return replace(found, bar={"inversions": (0.01 * found.measured["pairs"], None)})


def stable_policies(setting: Setting, seed: int, context: Context) -> Evidence:
    """Completions whose repetition is a stable policy, beside those that are best by task first, process second."""
    rng = stream(seed, "random rewards")
    disagreements, apart = 0, 0
    for _ in range(setting["problems"]):
        task, process, _ = _bandit(rng, setting["completions"])
        groups, every = _advantages(task, process, setting)
        stable = []
        for repeated in range(len(task)):
            log_policy = np.full(len(task), np.log(1e-9 / (len(task) - 1)))
            log_policy[repeated] = np.log1p(-1e-9)
            advantages = groups.expected(every, log_policy)[:, 0]
            stable.append(bool((np.delete(advantages, repeated) < advantages[repeated]).all()))
        best = np.lexsort((process, task))[-1]
        disagreements += stable != [repeated == best for repeated in range(len(task))]
        apart += int(best != np.argmax(task + setting["weight"] * process))
    return Evidence(
        measured={
            "problems": float(setting["problems"]),
            "problems_where_others_are_stable": float(disagreements),
            "problems_whose_sum_is_best_elsewhere": float(apart),
        },
        bar={
            "problems_where_others_are_stable": (0.0, 0.0),
            "problems_whose_sum_is_best_elsewhere": (0.1 * setting["problems"], None),
        },
        note="stable: close to the policy that repeats it, every other completion has the lower expected advantage",
    )


def others_are_stable(setting: Setting, seed: int, context: Context) -> Evidence:
    """The same, where others must be stable in a tenth of the problems."""
    found = stable_policies(setting, seed, context)
    return replace(found, bar={"problems_where_others_are_stable": (0.1 * setting["problems"], None)})


def _bandit(
    rng: np.random.Generator, completions: int
) -> tuple[Float[np.ndarray, " N"], Float[np.ndarray, " N"], Float[np.ndarray, " N"]]:
    """Task rewards with ties, process rewards that all differ (multiples of 1/8), log-probabilities of a policy."""
    task = rng.integers(0, 4, size=completions) / 4
    process = -rng.permutation(2 * completions)[:completions] / 8
    return task, process, np.log(rng.dirichlet(np.ones(completions)))


def _advantages(
    task: Float[np.ndarray, " N"], process: Float[np.ndarray, " N"], setting: Setting
) -> tuple[Groups, Float[np.ndarray, "M N 1"]]:
    groups, one_token = Groups(setting["size"], len(task)), np.ones((len(task), 1), dtype=bool)
    weight, combination = setting["weight"], setting["combination"]
    return groups, groups.advantages(task, process[:, None], one_token, weight=weight, combination=combination)


_SOURCE = "Shao et al. 2024 (arXiv 2402.03300), section 4.1; own proof"
_CONSTANT = "groups.constant"
_GRADIENT = "groups.gradient"
_ORDER = "groups.order"
_STABLE = "groups.task_first"
_ALL = "the constant is added for every member of the group"
_NO_DEVIATION = "advantages are not divided by the group's deviation"
_ONE = "one reward, or one deviation for the sum"
_SEPARATE = "each source is divided by its own deviation"
_LIGHT = "the weight of the process reward is below 1"
_RANDOM = {"problems": 200, "size": 4, "completions": 6, "weight": 0.5}

CLAIMS = (
    Claim(
        id=_CONSTANT,
        statement="A constant added to a reward of all members of a group changes no advantage.",
        formula=r"A(R+c)=A(R)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_ALL,),
        check=shifted_rewards,
        **drawn_anew({"groups": 200, "of": "group"}),
    ),
    Claim(
        id=f"{_CONSTANT}.one_member",
        statement="Added to the rewards of one member alone, a constant changes the advantages of the group.",
        formula=r"A(R+c e_1)\neq A(R)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=shifted_member,
        drops=(_CONSTANT, _ALL),
        **drawn_anew({"groups": 200, "of": "member"}),
    ),
    Claim(
        id=_GRADIENT,
        statement="Returns to go less the group's mean, where a completion that has ended counts 0, have in "
        "expectation the policy gradient of outcome and process reward, times 1 - 1/G.",
        formula=r"E\sum_k A_k\nabla\log\pi(t_k)=(1-\frac{1}{G})\nabla E(R+\lambda\sum_k r_k)",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_NO_DEVIATION,),
        check=expected_gradient,
        **drawn_anew({"problems": 20, "size": 3, "scale": "none"}),
    ),
    Claim(
        id=f"{_GRADIENT}.deviation",
        statement="Divided by the deviation of its group, each source apart, the expected gradient points elsewhere.",
        formula=r"E\sum_k\frac{A_k}{\sigma}\nabla\log\pi(t_k)\neq c\,\nabla E(R+\lambda\sum_k r_k)",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=turned_gradient,
        drops=(_GRADIENT, _NO_DEVIATION),
        **drawn_anew({"problems": 20, "size": 3, "scale": "group"}),
    ),
    Claim(
        id=_ORDER,
        statement="Divided by the group's deviation, expected advantages are in the order of the rewards under every "
        "policy, so that what training can settle on stays the same.",
        formula=r"R(o)>R(o')\Leftrightarrow E A(o)>E A(o')",
        source=_SOURCE,
        form="extra",
        track="exact",
        assumptions=(_ONE,),
        check=order_of_advantages,
        **drawn_anew({**_RANDOM, "combination": "summed"}),
    ),
    Claim(
        id=f"{_ORDER}.two_deviations",
        statement="With a deviation for each source, expected advantages are not in the order of the weighted sum.",
        formula=r"\frac{R-\bar R}{\sigma_R}+\lambda\frac{P-\bar P}{\sigma_P}\not\sim R+\lambda P",
        source=_SOURCE,
        form="violation",
        track="exact",
        assumptions=(),
        check=other_order,
        drops=(_ORDER, _ONE),
        **drawn_anew({**_RANDOM, "combination": "separate"}),
    ),
    Claim(
        id=_STABLE,
        statement="With a deviation for each source and a weight below 1, the only completion whose repetition is "
        "stable is the best by the task, and by the process reward among those: however large its differences are, "
        "the process reward only breaks ties.",
        formula=r"\frac{A(o)}{\sigma}\to\frac{G-1}{\sqrt{G}}(\mathrm{sign}\Delta R+\lambda\,\mathrm{sign}\Delta P)",
        source="own proof",
        form="extra",
        track="exact",
        assumptions=(_SEPARATE, _LIGHT),
        check=stable_policies,
        **drawn_anew({**_RANDOM, "combination": "separate"}),
    ),
    Claim(
        id=f"{_STABLE}.one_deviation",
        statement="With one deviation for the weighted sum, a completion of the lower task reward can be the stable "
        "one.",
        formula=r"\Delta R+\lambda\Delta P>0,\quad\Delta R<0",
        source="own proof",
        form="violation",
        track="exact",
        assumptions=(_LIGHT,),
        check=others_are_stable,
        drops=(_STABLE, _SEPARATE),
        **drawn_anew({**_RANDOM, "combination": "summed"}),
    ),
    Claim(
        id=f"{_STABLE}.heavy",
        statement="With a weight above 1 the process reward comes first, and the task breaks its ties.",
        formula=r"\lambda>1:\ \mathrm{sign}\Delta R+\lambda\,\mathrm{sign}\Delta P\sim\mathrm{sign}\Delta P",
        source="own proof",
        form="violation",
        track="exact",
        assumptions=(_SEPARATE,),
        check=others_are_stable,
        drops=(_STABLE, _LIGHT),
        **drawn_anew({**_RANDOM, "combination": "separate", "weight": 1.5}),
    ),
)
