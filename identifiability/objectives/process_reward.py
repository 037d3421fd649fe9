r"""The process reward of a reasoning model: how well each window of its words goes with the image, as arrays.

A completion has T tokens; a step is a token at which a window of the last w tokens is scored. Everywhere (B, T) are
completions by tokens, `mask` is true on the tokens of a completion (its end token included), `steps` on its steps.

Source: "A Causal Marriage between VLM and IRM from Understanding to Reasoning" (CVPR 2026), process reward; the sign,
the forms `mean` and `potential` and the balancing correction are not in it.
"""

import math
from typing import Literal, get_args

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import logsigmoid

from identifiability.objectives.similarity import Similarity, paired_similarity
from scm.environments import balancing_weights
from scm.joint import TableLike, as_array

Form = Literal["printed", "mean", "potential"]

FORMS: tuple[Form, ...] = get_args(Form)


def window_log_likelihood(windows: Float[Tensor, "B T"], classes: Float[Tensor, "B C"]) -> Float[Tensor, "B T"]:
    r"""log [e^{s_k} / (e^{s_k} + sum_{y in V} e^{s_y})], below 0: the window as one more candidate beside the classes.

    At the code of class y itself it is log [p_y / (1 + p_y)], p = softmax(s): at most -log 2. Windows whose code no
    class has (several words, pieces of words) can exceed that: training never said what they score.

    Args:
        windows: s_k = v.h_k / temperature, of the window that ends at token k.
        classes: s_y = v.g(y) / temperature, of the class vocabulary V.

    Raises:
        ValueError: no class, or another number of images.
    """
    if classes.ndim != 2 or len(classes) != len(windows) or not classes.shape[1]:
        raise ValueError(
            f"classes have shape {tuple(classes.shape)} and windows {tuple(windows.shape)}; expected (B, C) with "
            "C >= 1 for (B, T): a window is scored against the classes of its image, and against none it says nothing"
        )
    return logsigmoid(windows - classes.logsumexp(dim=1, keepdim=True))


def window_scores(
    images: Float[Tensor, "B d"],
    windows: Float[Tensor, "B T d"],
    *,
    temperature: float | Tensor,
    similarity: Similarity = "cosine",
) -> Float[Tensor, "B T"]:
    """s_k = sim(v, h_k) / temperature of each completion's windows with its own image.

    Raises:
        ValueError: as `paired_similarity`.
    """
    return paired_similarity(images[:, None, :], windows, similarity=similarity, temperature=temperature)


def patch_similarity(patches: Float[Tensor, "B M d"], windows: Float[Tensor, "B T d"]) -> Float[Tensor, "B T"]:
    """max_m cos(v_m, h_k): how well the window goes with the best of its image's M patches."""
    cosine = paired_similarity(patches[:, None, :, :], windows[:, :, None, :], similarity="cosine")
    return cosine.amax(dim=2)


def balancing_correction(
    classes: Float[Tensor, "B C"], law: TableLike, contexts: Float[Tensor, "B S"]
) -> Float[Tensor, "B C"]:
    r"""What to add to class scores s_y = log p(y | x) / p(y) so that they become log C q(y | x), q the balanced law.

    q(y | x) ~ e^{s_y} p(y) sum_s w(y, s) p(s | x),   w = p(y) p(s) / p(y, s).

    Reweighting by w keeps p(x | y, s), so that the balanced posterior is p(y | x) sum_s w(y, s) p(s | x, y) up to its
    sum. Here p(s | x) stands for p(s | x, y): exact if the image determines its context, or tells no more of it once
    the class is known. Nothing changes where classes are uniform and independent of contexts. The sum over classes of
    e^s stays C, so that windows which name no class keep their score (`correction_of_windows`).
    Scores of full captions, read at the image's own context, are balanced already if content and context are
    independent given the class.

    Args:
        classes: s_y of each image.
        law: p(y, s) of class and context tokens in what the scorer was trained on, law[class, context], an array or
            nested lists of sum 1, every cell > 0.
        contexts: p(s | x) of each image; one-hot where the context is known.

    Raises:
        ValueError: what is no law, empty cells, or scores or contexts of other numbers.
    """
    weights = torch.as_tensor(balancing_weights(law), dtype=classes.dtype, device=classes.device)
    table = torch.as_tensor(as_array(law, "the law"), dtype=classes.dtype, device=classes.device)
    if classes.shape[1] != len(table) or contexts.shape != (len(classes), table.shape[1]):
        raise ValueError(
            f"classes have shape {tuple(classes.shape)} and contexts {tuple(contexts.shape)} with a law of "
            f"{tuple(table.shape)} classes and contexts; expected (B, {len(table)}) and (B, {table.shape[1]})"
        )
    balanced = classes + (table.sum(dim=1) * (contexts.to(classes) @ weights.T)).log()
    return balanced.log_softmax(dim=1) + math.log(len(table)) - classes


def correction_of_windows(
    correction: Float[Tensor, "B C"], named: Int[Tensor, "B T C"] | Bool[Tensor, "B T C"]
) -> Float[Tensor, "B T"]:
    """The mean correction of the class words that each window names (counts); 0 where it names none."""
    counts = named.to(correction)
    return (counts * correction[:, None, :]).sum(dim=2) / counts.sum(dim=2).clamp(min=1)


def step_scores(
    likelihood: Float[Tensor, "B T"],
    overlap: Int[Tensor, "B T"],
    *,
    penalty: float,
    patch: Float[Tensor, "B T"] | None = None,
    patch_weight: float = 0.0,
) -> Float[Tensor, "B T"]:
    """l_k - penalty * overlap_k + patch_weight * patch_k.

    Args:
        likelihood: `window_log_likelihood`.
        overlap: how many words of the environment vocabulary E the window holds.
        penalty: alpha, not negative.
        patch: `patch_similarity`.
        patch_weight: of the patch term.

    Raises:
        ValueError: a negative penalty, or a weight without its patch term.
    """
    if not penalty >= 0:
        raise ValueError(
            f"penalty is {penalty}; expected a number from 0 on, because a negative one pays for naming the environment"
        )
    if (patch is None) != (patch_weight == 0):
        raise ValueError(
            f"patch_weight is {patch_weight} {'without' if patch is None else 'with'} a patch term; expected both or "
            "neither: one alone changes nothing"
        )
    scores = likelihood - penalty * overlap.to(likelihood)
    return scores if patch is None else scores + patch_weight * patch


def normalised_scores(scores: Float[Tensor, "B T"], steps: Bool[Tensor, "B T"]) -> Float[Tensor, "B T"]:
    """Scores of all steps of the batch at mean 0 and deviation 1 (that of the steps, not of a sample); 0 elsewhere.

    Steps that all score alike become 0. The mean is the batch's, so what is summed over steps now favours long
    completions where they score above it: apply it to form `mean`, or to a potential.
    """
    found = scores[steps]
    if not len(found) or bool((found == found[0]).all()):
        return torch.zeros_like(scores)
    deviation = found.std(correction=0)
    return torch.where(steps, (scores - found.mean()) / deviation, torch.zeros_like(scores))


def process_rewards(
    scores: Float[Tensor, "B T"],
    steps: Bool[Tensor, "B T"],
    mask: Bool[Tensor, "B T"],
    *,
    form: Form,
    discount: float = 1.0,
) -> Float[Tensor, "B T"]:
    r"""The reward r_k of every token, 0 where it gets none; what is summed over k is the completion's return.

    printed: the score itself, so that a longer completion of scores below 0 earns less.
    mean: the mean score of the steps, on the last token. Paid in parts step by step it would change with the length,
    which later tokens decide, and returns to go would miss that.
    potential: discount * Psi(k) - Psi(k - 1), where Psi(k) is the score of the last step up to token k, 0 before the
    first, and 0 after the completion's last token, whatever it scored: then no policy's advantage over another changes,
    if the return is discounted alike (1 in GRPO).

    A completion without any step earns nothing, which is more than scores below 0 do: give it one step, the empty
    window on its last token.

    Args:
        scores: `step_scores`; not looked at beside steps.
        steps: the tokens at which a window is scored.
        mask: the tokens of the completion, its end token included.
        form: one of `FORMS`.
        discount: gamma of form potential.

    Raises:
        ValueError: shapes that differ, steps beside the mask, an unknown form, a discount outside (0, 1].

    Source: potential: Ng, Harada and Russell 1999, Theorem 1.
    """
    _check(scores, steps, mask)
    if form not in FORMS:
        raise ValueError(f"form {form!r} is unknown; expected one of {', '.join(FORMS)}")
    if not 0 < discount <= 1:
        raise ValueError(f"discount is {discount}; expected a number in (0, 1], as of the return that it shapes")
    zero = torch.zeros_like(scores)
    if form == "printed":
        return torch.where(steps, scores, zero)
    last = mask & (mask.long().flip(1).cumsum(1).flip(1) == 1)
    if form == "potential":
        positions = torch.arange(scores.shape[1], device=scores.device).expand_as(scores)
        latest = torch.where(steps, positions, -1).cummax(dim=1).values
        after = torch.where(latest >= 0, scores.gather(1, latest.clamp(min=0)), zero)
        before = torch.cat([zero[:, :1], after[:, :-1]], dim=1)
        return torch.where(mask, discount * after.masked_fill(last, 0.0) - before, zero)
    mean = torch.where(steps, scores, zero).sum(dim=1, keepdim=True) / steps.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.where(last, mean, zero)


def annealed(start: float, end: float, progress: float) -> float:
    """lambda_proc after a share `progress` of training: a straight line from `start` to `end`, which stays there."""
    return start + (end - start) * min(max(progress, 0.0), 1.0)


def _check(scores: Tensor, steps: Tensor, mask: Tensor) -> None:
    if scores.ndim != 2 or steps.shape != scores.shape or mask.shape != scores.shape:
        raise ValueError(
            f"scores, steps and mask have shapes {tuple(scores.shape)}, {tuple(steps.shape)} and {tuple(mask.shape)}; "
            "expected one (B, T), completions by tokens"
        )
    if bool((steps & ~mask).any()):
        raise ValueError(
            f"{int((steps & ~mask).sum())} steps lie beside the tokens of their completion; expected none: what a "
            "policy did not write earns it nothing"
        )
