"""The process reward of a batch of completions: their windows, scored against image and vocabulary."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from identifiability.objectives import (
    Form,
    balancing_correction,
    correction_of_windows,
    normalised_scores,
    patch_similarity,
    process_rewards,
    similarity_matrix,
    step_scores,
    window_log_likelihood,
    window_scores,
)
from realscale.reasoning.reward.encoding import WindowEncoder
from realscale.reasoning.reward.windows import Window, Written, windows
from scm.joint import TableLike
from scm.tokens import TokenRole, Vocabulary


@dataclass(frozen=True)
class RewardSettings:
    """What the source leaves open, with the values taken here.

    Attributes:
        width: w, tokens of the decoder in a window.
        stride: a window ends at every so many tokens.
        temperature: of the scores; CLIP's own is exp(-logit_scale).
        penalty: alpha, for each environment word in a window.
        patch_weight: of the patch term; 0 leaves it out.
        form: how scores become rewards, see `process_rewards`.
        discount: of form potential; the return's own.
        normalised: whether scores are brought to mean 0 and deviation 1 in each batch.
    """

    width: int = 8
    stride: int = 1
    temperature: float = 0.01
    penalty: float = 0.1
    patch_weight: float = 0.0
    form: Form = "mean"
    discount: float = 1.0
    normalised: bool = False


@dataclass(frozen=True, eq=False)
class Scored:
    """Process rewards of a batch with what they are made of; (B, T), 0 beside the steps.

    Attributes:
        rewards: of each token, as `process_rewards` gives them.
        scores: of each step, normalised if the settings say so.
        likelihood: log-likelihood of each window against the classes.
        overlap: number of environment words in each window.
        steps: the tokens at which a window ends.
        windows: texts of the windows of each completion.
    """

    rewards: Tensor
    scores: Tensor
    likelihood: Tensor
    overlap: Tensor
    steps: Tensor
    windows: tuple[tuple[Window, ...], ...]


class ProcessReward:
    """The scorer: an encoder of texts, the vocabulary with V and E, and the captions that stand for the classes.

    Args:
        encoder: of window texts and class captions.
        vocabulary: class words V, environment words E.
        prompts: a caption of each class word, in their order.
        settings: window, temperature, penalty, form.
        law: p(class, context) of what the encoder was trained on, law[class, context]: scores are then those of the
            token-balanced posterior (`balancing_correction`), and every batch needs its images' `contexts`.

    Raises:
        ValueError: no class word, or another number of prompts.
    """

    def __init__(
        self,
        encoder: WindowEncoder,
        vocabulary: Vocabulary,
        prompts: Sequence[str],
        settings: RewardSettings,
        *,
        law: TableLike | None = None,
    ) -> None:
        classes = list(vocabulary.words_by_role.get(TokenRole.CLASS, ()))
        if not classes or len(prompts) != len(classes):
            raise ValueError(
                f"{len(prompts)} prompts for {len(classes)} class words; expected one caption a class, and a class at "
                "least, because a window is scored against the classes"
            )
        self.encoder, self.vocabulary, self.prompts, self.settings = encoder, vocabulary, tuple(prompts), settings
        self.law = law
        self._classes = [vocabulary.id(word) for word in classes]
        self._environments = [vocabulary.id(word) for word in vocabulary.words_by_role.get(TokenRole.ENVIRONMENT, ())]

    def __call__(
        self,
        images: Float[Tensor, "B d"],
        completions: Sequence[Written],
        mask: Bool[Tensor, "B T"],
        *,
        patches: Float[Tensor, "B M d"] | None = None,
        contexts: Float[Tensor, "B S"] | None = None,
    ) -> Scored:
        """Score every completion with its own image.

        Args:
            images: codes of the images, in the encoder's space.
            completions: texts with the characters of their tokens; row i of image i.
            mask: the tokens of each completion, its end mark included, false on padding.
            patches: codes of the images' patches, for the patch term.
            contexts: p(s | image), for a balanced scorer; one-hot where contexts are known.

        Raises:
            ValueError: other numbers of completions, contexts without a law or a law without.
        """
        if len(completions) != len(images) or len(mask) != len(images):
            raise ValueError(
                f"{len(completions)} completions and {len(mask)} masks for {len(images)} images; expected one each: "
                "row i is scored with image i"
            )
        if (self.law is None) != (contexts is None):
            raise ValueError(
                f"contexts are {'given' if self.law is None else 'missing'} and the law is "
                f"{'missing' if self.law is None else 'given'}; expected both or neither: the balancing correction "
                "needs the law of classes and contexts, and the contexts of the images"
            )
        found = [windows(completion, self.settings.width, self.settings.stride) for completion in completions]
        texts = [window.text for row in found for window in row]
        codes = self.encoder([*self.prompts, *texts]).to(images)
        classes, coded = codes[: len(self.prompts)], codes[len(self.prompts) :]
        own = [i for i, row in enumerate(found) for _ in row]
        at = (
            torch.tensor(own, device=images.device),
            torch.tensor([w.token for row in found for w in row], device=images.device),
        )
        named, overlap = self._named(texts, images.device)
        likelihood = self._likelihood(images, at[0], coded, classes, named, contexts)
        patch = None
        if patches is not None:
            parts = coded.split([len(row) for row in found])
            every = [patch_similarity(patches[i : i + 1], part[None])[0] for i, part in enumerate(parts)]
            patch = torch.cat(every)[:, None]
        alone = step_scores(
            likelihood, overlap, penalty=self.settings.penalty, patch=patch, patch_weight=self.settings.patch_weight
        )

        def spread(values: Tensor) -> Tensor:
            table = values.new_zeros(mask.shape)
            table[at] = values[:, 0]
            return table

        steps = spread(torch.ones_like(overlap, dtype=torch.bool))
        scores = spread(alone)
        if self.settings.normalised:
            scores = normalised_scores(scores, steps)
        rewards = process_rewards(scores, steps, mask, form=self.settings.form, discount=self.settings.discount)
        return Scored(rewards, scores, spread(likelihood), spread(overlap), steps, tuple(map(tuple, found)))

    def _named(self, texts: Sequence[str], device: torch.device) -> tuple[Int[Tensor, "N 1 C"], Int[Tensor, "N 1"]]:
        """How often each window names each class, and how many environment words it holds."""
        found = {text: Counter(self.vocabulary.encode(text, unknown="drop").ids) for text in dict.fromkeys(texts)}
        named = [[found[text][word] for word in self._classes] for text in texts]
        overlap = [sum(found[text][word] for word in self._environments) for text in texts]
        return torch.tensor(named, device=device)[:, None, :], torch.tensor(overlap, device=device)[:, None]

    def _likelihood(
        self,
        images: Float[Tensor, "B d"],
        own: Int[Tensor, "N"],
        coded: Float[Tensor, "N d"],
        classes: Float[Tensor, "C d"],
        named: Int[Tensor, "N 1 C"],
        contexts: Float[Tensor, "B S"] | None,
    ) -> Float[Tensor, "N 1"]:
        temperature = self.settings.temperature
        of_windows = window_scores(images[own], coded[:, None], temperature=temperature)
        of_classes = similarity_matrix(images, classes, similarity="cosine", temperature=temperature)
        if self.law is not None and contexts is not None:
            correction = balancing_correction(of_classes, self.law, contexts)
            of_classes = of_classes + correction
            of_windows = of_windows + correction_of_windows(correction[own], named)
        return window_log_likelihood(of_windows, of_classes[own])
