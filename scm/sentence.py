"""The sentence-level structural causal model (Assumption 1 of arXiv 2510.26302)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from jaxtyping import Float

from scm.batch import Batch
from scm.ceilings import CeilingEstimate, ceiling, ceiling_estimate
from scm.copies import NoisyCopy, StyleChange
from scm.graph import CausalGraph, Role, Variable
from scm.interventions import Intervention, intervene
from scm.laws import ContinuousLaw, LinearGaussian, SineGaussian, correlated_copy, evaluate, total_noise_dim
from scm.linear import random_correlation, wishart_covariance
from scm.mixing import Mixing, MixingKind
from scm.sampling import check_sampling

# Rows of one pass of the sampler: few enough for the cache, and few enough that OpenBLAS keeps a product on one thread;
# threads that wait for each other on small products made sampling ten times slower on a busy machine.
BLOCK_ROWS = 4096
BLOCK_PRODUCT = 2**19  # multiply-adds of one product
STANDARDISATION_ROWS = 20_000

InvariantLaw = Literal["independent", "correlated", "wishart"]
DependentLaw = Literal["independent", "wishart", "causal", "nonlinear"]
DependentNoise = Literal["identity", "wishart"]


@dataclass(frozen=True)
class SentenceConfig:
    """What a sentence-level model is drawn from.

    Attributes:
        n_inv: coordinates of z_inv, shared by both modalities; >= 1.
        n_dp: coordinates of each modality's dependent part z_dp; >= 0.
        n_pr: coordinates of each modality's private part z_pr; >= 0.
        invariant_law: z_inv ~ N(0, S): S = I, 0.8 R + 0.2 I with R a uniform random correlation matrix, or a
            normalised Wishart draw.
        dependent_law: z_dp ~ N(0, I) or N(0, Wishart) independent of z_inv, a + B z_inv + eps, or sin(2 B z_inv) + eps,
            with a_j, B_jk ~ N(0, 1) drawn once for each modality.
        dependent_noise: covariance of eps in the last two: identity, or a normalised Wishart draw.
        style_change: None: z_dp_img and z_dp_tex are independent given z_inv. p in [0, 1]: z_dp_tex is z_dp_img with
            each coordinate moved by N(0, 1) with probability p (von Kuegelgen et al. 2021); 0 violates that style
            changes: it is then shared like content.
        private_correlation: corr(z_pr_img_j, z_pr_tex_j), in (-1, 1); nonzero violates the independence that block
            identifiability needs.
        sharing_noise: standard deviation of noise on the text's copy of z_inv, >= 0; nonzero violates exact sharing.
        text_selects: coordinates of z_inv that the caption names (Cai et al. 2025, selection bias); None for all.
        text_perturbs: coordinates that the caption redraws from their marginal (perturbation bias).
        perturb_probability: probability of a redraw, in (0, 1].
        layers: linear layers of each mixing, >= 1, with activations between them.
        mixing_kind: activation: piecewise linear, smooth, or none.
        slope: slope of the activation at minus infinity, in (0, 1].
        shared_mixing: use one mixing for both modalities.
        condition_quantile: each weight is the best conditioned of ceil(1 / condition_quantile) draws; in (0, 1].

    What the text knows of the content is its own copy: without style_change, z_dp_tex is generated from that copy, so
    the caption carries nothing about z_inv that the copy lacks.

    Raises:
        ValueError: a field outside its range, or fields that contradict each other.
    """

    n_inv: int = 5
    n_dp: int = 5
    n_pr: int = 5
    invariant_law: InvariantLaw = "correlated"
    dependent_law: DependentLaw = "causal"
    dependent_noise: DependentNoise = "identity"
    style_change: float | None = None
    private_correlation: float = 0.0
    sharing_noise: float = 0.0
    text_selects: tuple[int, ...] | None = None
    text_perturbs: tuple[int, ...] = ()
    perturb_probability: float = 1.0
    layers: int = 2
    mixing_kind: MixingKind = "leaky"
    slope: float = 0.2
    shared_mixing: bool = False
    condition_quantile: float = 0.001

    def __post_init__(self) -> None:
        for name, least in (("n_inv", 1), ("n_dp", 0), ("n_pr", 0), ("layers", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise ValueError(f"{name}={value!r}, expected an integer >= {least}")
        for name, choices in (
            ("invariant_law", InvariantLaw),
            ("dependent_law", DependentLaw),
            ("dependent_noise", DependentNoise),
            ("mixing_kind", MixingKind),
        ):
            if getattr(self, name) not in get_args(choices):
                raise ValueError(f"{name}={getattr(self, name)!r}, expected one of {get_args(choices)}")
        if self.style_change is not None and not 0 <= self.style_change <= 1:
            raise ValueError(
                f"style_change={self.style_change!r}, expected a probability in [0, 1]; None stands for styles that "
                "are independent given the content"
            )
        for name in ("perturb_probability", "slope", "condition_quantile"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ValueError(f"{name}={value!r}, expected a number in (0, 1]; {_WHY_POSITIVE[name]}")
        if not -1 < self.private_correlation < 1:
            raise ValueError(
                f"private_correlation={self.private_correlation!r}, expected a number in (-1, 1); at -1 or 1 the "
                "private parts are the same variable, hence shared content, and their joint law has no density"
            )
        if not 0 <= self.sharing_noise < np.inf:
            raise ValueError(f"sharing_noise={self.sharing_noise!r}, expected a finite standard deviation >= 0")
        self._check_caption()

    def _check_caption(self) -> None:
        for name in ("text_selects", "text_perturbs"):
            indices = getattr(self, name) or ()
            if list(indices) != sorted(set(indices)) or not set(indices) <= set(range(self.n_inv)):
                raise ValueError(
                    f"{name}={indices!r}, expected increasing, distinct coordinates of z_inv, 0 ... {self.n_inv - 1}"
                )
        if self.text_selects == ():
            raise ValueError("text_selects=() names no coordinate of z_inv; then the pair shares nothing to identify")
        unnamed = sorted(set(self.text_perturbs) - set(self.selected))
        if unnamed:
            raise ValueError(f"text_perturbs contains {unnamed}, which text_selects leaves out; it cannot rewrite them")
        if self.shared_mixing and len(self.selected) < self.n_inv:
            rest = self.n_dp + self.n_pr
            raise ValueError(
                f"shared_mixing with text_selects={self.text_selects}: the image mixes {self.n_inv + rest} coordinates "
                f"and the text {len(self.selected) + rest}, but one invertible map has one dimension"
            )

    @property
    def selected(self) -> tuple[int, ...]:
        """Coordinates of z_inv that the caption names."""
        return tuple(range(self.n_inv)) if self.text_selects is None else self.text_selects

    @property
    def copy_differs(self) -> bool:
        """Whether the text's copy of z_inv is anything else than z_inv."""
        return self.selected != tuple(range(self.n_inv)) or self.sharing_noise > 0 or bool(self.text_perturbs)


_WHY_POSITIVE = {
    "perturb_probability": "it is the probability of a redraw; leave text_perturbs empty for none",
    "slope": "else the activation is not invertible",
    "condition_quantile": "it is a quantile of the condition number",
}

_ROLES = {
    "z_inv": Role.INVARIANT,
    "z_inv_text": Role.INVARIANT,
    "z_dp_img": Role.DEPENDENT_IMAGE,
    "z_dp_tex": Role.DEPENDENT_TEXT,
    "z_pr_img": Role.PRIVATE_IMAGE,
    "z_pr_tex": Role.PRIVATE_TEXT,
}


def _draw_laws(config: SentenceConfig, rng: np.random.Generator) -> dict[str, ContinuousLaw]:
    """One law a block, parents before children; empty blocks are left out."""
    n_inv, n_dp, n_pr = config.n_inv, config.n_dp, config.n_pr
    invariant_rng, image_rng, text_rng = rng.spawn(3)
    if config.invariant_law == "independent":
        covariance = np.eye(n_inv)
    elif config.invariant_law == "correlated":
        covariance = 0.8 * random_correlation(n_inv, rng=invariant_rng) + 0.2 * np.eye(n_inv)
    else:
        covariance = wishart_covariance(n_inv, rng=invariant_rng)
    laws: dict[str, ContinuousLaw] = {"z_inv": LinearGaussian("z_inv", {}, np.zeros(n_inv), covariance)}
    content_of_text = "z_inv"
    if config.copy_differs:
        content_of_text = "z_inv_text"
        laws["z_inv_text"] = NoisyCopy(
            "z_inv",
            config.selected,
            config.text_perturbs,
            np.diag(covariance),
            config.perturb_probability,
            config.sharing_noise,
        )

    def dependent(name: str, content: str, rng: np.random.Generator) -> ContinuousLaw:
        offset, weight = rng.standard_normal(n_dp), rng.standard_normal((n_dp, laws[content].dim))
        wishart = "wishart" in (config.dependent_law, config.dependent_noise)
        noise = wishart_covariance(n_dp, rng=rng) if wishart else np.eye(n_dp)
        if config.dependent_law == "causal":
            return LinearGaussian(name, {content: weight}, offset, noise)
        if config.dependent_law == "nonlinear":
            return SineGaussian(name, content, weight, noise)
        return LinearGaussian(name, {}, np.zeros(n_dp), noise)

    if n_dp:
        laws["z_dp_img"] = dependent("z_dp_img", "z_inv", image_rng)
        if config.style_change is None:
            laws["z_dp_tex"] = dependent("z_dp_tex", content_of_text, text_rng)
        else:
            laws["z_dp_tex"] = StyleChange("z_dp_img", n_dp, config.style_change)
    if n_pr:
        laws["z_pr_img"] = LinearGaussian("z_pr_img", {}, np.zeros(n_pr), np.eye(n_pr))
        laws["z_pr_tex"] = correlated_copy("z_pr_tex", "z_pr_img", n_pr, config.private_correlation)
    return laws


class SentenceSCM:
    """x_img = f(z_inv, z_dp_img, z_pr_img), x_tex = g(z_inv_text, z_dp_tex, z_pr_tex) with invertible mixings f, g."""

    def __init__(
        self,
        config: SentenceConfig,
        laws: dict[str, ContinuousLaw],
        image_mixing: Mixing,
        text_mixing: Mixing,
    ) -> None:
        self.config = config
        self.laws = laws
        self.image_mixing = image_mixing
        self.text_mixing = text_mixing
        self.graph = self._graph(laws)

    @classmethod
    def draw(cls, config: SentenceConfig, *, rng: np.random.Generator) -> "SentenceSCM":
        """Draw laws and mixings; laws, each mixing and the standardisation use child streams of their own."""
        laws_rng, image_rng, text_rng, sample_rng = rng.spawn(4)
        laws = _draw_laws(config, laws_rng)

        def mixing(names: tuple[str, ...], rng: np.random.Generator) -> Mixing:
            return Mixing.draw(
                sum(laws[name].dim for name in names),
                layers=config.layers,
                kind=config.mixing_kind,
                slope=config.slope,
                condition_quantile=config.condition_quantile,
                rng=rng,
            )

        image_blocks, text_blocks = _blocks(laws)
        image_mixing = mixing(image_blocks, image_rng)
        text_mixing = image_mixing if config.shared_mixing else mixing(text_blocks, text_rng)
        values = evaluate(laws, sample_rng.standard_normal((STANDARDISATION_ROWS, total_noise_dim(laws))))
        image_latents = np.concatenate([values[name] for name in image_blocks], axis=1)
        text_latents = np.concatenate([values[name] for name in text_blocks], axis=1)
        if config.shared_mixing:
            image_mixing = text_mixing = image_mixing.standardised(np.concatenate([image_latents, text_latents]))
        else:
            image_mixing = image_mixing.standardised(image_latents)
            text_mixing = text_mixing.standardised(text_latents)
        return cls(config, laws, image_mixing, text_mixing)

    def _graph(self, laws: dict[str, ContinuousLaw]) -> CausalGraph:
        image_blocks, text_blocks = _blocks(laws)
        variables = [Variable(name, _ROLES[name], law.dim) for name, law in laws.items()]
        variables.append(Variable("x_img", Role.IMAGE, self.image_mixing.dim, observed=True))
        variables.append(Variable("x_tex", Role.TEXT, self.text_mixing.dim, observed=True))
        edges = [(parent, name) for name, law in laws.items() for parent in law.parents]
        edges += [(name, "x_img") for name in image_blocks] + [(name, "x_tex") for name in text_blocks]
        return CausalGraph(variables, edges)

    def sample(
        self,
        n: int,
        *,
        rng: np.random.Generator,
        dtype: type[np.float32] | type[np.float64] = np.float64,
        interventions: Mapping[str, Intervention | np.ndarray | float] | None = None,
    ) -> Batch:
        """n independent pairs with all their latents.

        A row uses a fixed number of normals of `rng`, in order. So the first rows of a longer sample are those of a
        shorter one (up to rounding), the block size does not matter, and a sample with interventions is the
        counterfactual of the sample without them from the same seed.

        Args:
            n: number of rows, >= 1.
            rng: source of all randomness.
            dtype: float64, or float32 (faster; the same seed gives other numbers).
            interventions: block -> `Intervention`, or an array or number for `Do`. "z_inv_text" is always allowed: it
                stands for the text's copy of the content, even where that copy is exact.

        Raises:
            ValueError: n that is no integer >= 1, no generator, another dtype, or interventions that do not fit.
        """
        check_sampling(n, rng, least=1)
        if dtype not in (np.float32, np.float64):
            raise ValueError(f"sample() got dtype={dtype}; expected float32 or float64, in which the mixings compute")
        laws, graph = self.laws, self.graph
        if interventions:
            # The permutation of an intervention comes from a child stream, so that the noise stays that of the rows.
            laws = intervene(laws, interventions, n=n, rng=rng.spawn(1)[0])
            graph = self._graph(laws)
        largest = max(self.image_mixing.dim, self.text_mixing.dim)
        block_rows = min(BLOCK_ROWS, max(BLOCK_PRODUCT // largest**2, 256))
        if any(law.whole_batch for law in laws.values()):
            block_rows = n
        image_blocks, text_blocks = _blocks(laws)
        latents = {name: np.empty((n, law.dim), dtype) for name, law in laws.items()}
        image, text = np.empty((n, self.image_mixing.dim), dtype), np.empty((n, self.text_mixing.dim), dtype)
        for start in range(0, n, block_rows):
            rows = slice(start, min(start + block_rows, n))
            noise = rng.standard_normal((rows.stop - start, total_noise_dim(laws)), dtype=dtype)
            values = evaluate(laws, noise)
            for name, value in values.items():
                latents[name][rows] = value
            image[rows] = self.image_mixing(np.concatenate([values[name] for name in image_blocks], axis=1))
            text[rows] = self.text_mixing(np.concatenate([values[name] for name in text_blocks], axis=1))
        return Batch(graph, latents, image, text, conditionals=laws)

    def ceiling(
        self,
        target: str,
        given: str | Sequence[str] = "z_inv",
        coordinates: Mapping[str, Sequence[int]] | None = None,
    ) -> Float[np.ndarray, "d"]:
        """Population R^2 of predicting each coordinate of block `target` from the block or blocks `given`.

        `given` may name "x_img" or "x_tex" (all that the observation determines) and "z_inv_text";
        `coordinates` restricts given blocks to some of their coordinates. Closed form; see `scm.ceilings.ceiling`.

        Raises:
            ValueError: unknown names, or no closed form.
        """
        return ceiling(self.laws, self.graph, target, given, coordinates)

    def ceiling_estimate(
        self,
        target: str,
        given: str | Sequence[str] = "z_inv",
        coordinates: Mapping[str, Sequence[int]] | None = None,
        *,
        n: int = 20_000,
        rng: np.random.Generator,
    ) -> CeilingEstimate:
        """The same by Monte Carlo over the exact conditional mean, for laws with Bernoulli gates.

        Raises:
            ValueError: unknown names, or a law that is no mixture of at most 1024 Gaussians.
        """
        return ceiling_estimate(self.laws, self.graph, target, given, coordinates, n=n, rng=rng)


def _blocks(laws: Mapping[str, ContinuousLaw]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The blocks that the image mixes and those that the text mixes, in the order of their coordinates."""
    content = "z_inv_text" if "z_inv_text" in laws else "z_inv"
    image = tuple(name for name in ("z_inv", "z_dp_img", "z_pr_img") if name in laws)
    return image, tuple(name for name in (content, "z_dp_tex", "z_pr_tex") if name in laws)
