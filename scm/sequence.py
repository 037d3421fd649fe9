"""The token-level structural causal model (Assumption 4 of arXiv 2510.26302)."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.special import ndtri

from scm.batch import Batch, Conditional
from scm.coded import CodedGaussian, continuous_laws
from scm.finite import ConditionalTable, FiniteSCM
from scm.grammar import TokenConfig, mechanisms, simplex_code, slots
from scm.graph import CausalGraph, Role, Variable
from scm.joint import Names, as_names
from scm.laws import ContinuousLaw, Values, total_noise_dim
from scm.mixing import Mixing
from scm.sampling import check_sampling
from scm.tokens import PADDING, Vocabulary

BLOCK_ROWS = 4096  # captions that one pass of the sampler keeps in cache
STANDARDISATION_ROWS = 20_000
SMALLEST_UNIFORM = 2.0**-54  # half the spacing of the generator's uniforms, so that no normal is infinite

Intervention = int | float | np.ndarray


class TokenSCM:
    """x_img = f(content, z_dp_img, z_pr_img); the caption is a set or sequence of token vectors.

    The discrete part (content, tokens and their dependence on earlier tokens) is an exact `FiniteSCM`; every token is
    then a vector of `token_dim` coordinates: slot code and value, through an invertible mixing of its kind.
    """

    def __init__(
        self,
        config: TokenConfig,
        law: FiniteSCM,
        continuous: Mapping[str, ContinuousLaw],
        image_mixing: Mixing,
        token_mixings: Mapping[str, Mixing],
    ) -> None:
        self.config = config
        self.slots = slots(config)
        self.vocabulary = Vocabulary(
            {
                role: tuple(chain.from_iterable(slot.words for slot in self.slots if slot.role == role))
                for role in dict.fromkeys(slot.role for slot in self.slots)
            }
        )
        self.continuous = dict(continuous)
        self.image_mixing = image_mixing
        self.token_mixings = dict(token_mixings)
        self._law = law
        self._first_ids = np.array([self.vocabulary.id(slot.words[0]) for slot in self.slots])
        self._codes = {name: simplex_code(law.levels(name)) for name in config.image_codes}
        self._embedding = self._embed_words()
        self.graph = self._graph()

    @classmethod
    def draw(cls, config: TokenConfig, *, rng: np.random.Generator) -> "TokenSCM":
        """Draw coefficients and mixings; each uses a child stream of its own."""
        law_rng, image_rng, token_rng, sample_rng = rng.spawn(4)
        law = FiniteSCM(mechanisms(config))
        continuous = continuous_laws(config, rng=law_rng)

        def mixing(dim: int, rng: np.random.Generator) -> Mixing:
            return Mixing.draw(
                dim,
                layers=config.layers,
                kind=config.mixing_kind,
                slope=config.slope,
                condition_quantile=config.condition_quantile,
                rng=rng,
            )

        kinds: tuple[str, ...] = tuple(dict.fromkeys(slot.kind for slot in slots(config)))
        children = token_rng.spawn(len(kinds))
        token_mixings = {kind: mixing(config.token_dim, c) for kind, c in zip(kinds, children, strict=True)}
        image_dim = sum(law.levels(name) - 1 for name in config.image_codes) + sum(v.dim for v in continuous.values())
        model = cls(config, law, continuous, mixing(image_dim, image_rng), token_mixings)
        return model._standardised(sample_rng)

    def _standardised(self, rng: np.random.Generator) -> "TokenSCM":
        """The same model with image and token vectors at mean 0 and sd 1 a coordinate, by constants fixed here."""
        batch = self.sample(STANDARDISATION_ROWS, rng=rng)
        image_mixing = replace(self.image_mixing, shift=batch.image.mean(axis=0), scale=batch.image.std(axis=0))
        vectors = batch.text[batch.mask]
        shift, scale = vectors.mean(axis=0), vectors.std(axis=0)
        token_mixings = {kind: replace(m, shift=shift, scale=scale) for kind, m in self.token_mixings.items()}
        return TokenSCM(self.config, self._law, self.continuous, image_mixing, token_mixings)

    def replace(self, *changed: ConditionalTable) -> "TokenSCM":
        """The model in another environment: some discrete mechanisms exchanged, mixings and other laws kept.

        Raises:
            ValueError: an unknown variable, another number of levels, or parents that are drawn later.
        """
        law = self._law
        for mechanism in changed:
            name, levels = mechanism.variable.name, mechanism.table.shape[-1]
            if levels != law.levels(name):
                raise ValueError(f"{name!r} has {law.levels(name)} levels, each with its word or code, not {levels}")
            later = sorted(set(mechanism.parents) - set(law.names[: law.names.index(name)]))
            if later:
                raise ValueError(
                    f"{name!r} cannot depend on {later}: tokens are drawn in the order {list(law.names)}, each from "
                    "the content and earlier tokens (Assumption 4)"
                )
            law = law.replace(mechanism)
        return TokenSCM(self.config, law, self.continuous, self.image_mixing, self.token_mixings)

    def finite(self) -> FiniteSCM:
        """The exact law of the discrete part: content latents, tokens, and which optional tokens are kept."""
        return self._law

    def caption_law(self) -> dict[str, ConditionalTable]:
        """The exact law of every discrete token given the latents and earlier tokens that it depends on."""
        return {slot.variable: self._law.mechanisms[slot.variable] for slot in self.slots if slot.kind != "continuous"}

    def accuracy_ceiling(self, target: str, given: Names) -> float:
        """Accuracy of the best guess of `target` from `given`: sum over cells of max_t p(t, given), exactly.

        Raises:
            ValueError: unknown or continuous variables, or a target that is given.
        """
        conditions = as_names(given)
        if target in conditions:
            raise ValueError(f"{target!r} is both asked for and given; its ceiling is 1 by definition")
        law = self._law.ancestral((target, *conditions))
        return float(law.marginal((*conditions, target)).max(axis=-1).sum())

    def r2_ceiling(self) -> Float[np.ndarray, " d"]:
        """Population R^2 of predicting each coordinate of z_dp_img from the content: 1 - 1 / Var(z_dp_img_j).

        Raises:
            ValueError: a model without z_dp_img.
        """
        if "z_dp_img" not in self.continuous:
            raise ValueError("the model has no z_dp_img (dependent_dim=0), so there is no ceiling for it")
        law = self.continuous["z_dp_img"]
        assert isinstance(law, CodedGaussian)
        names = [p for p in law.parents if p in law.codes]
        joint = self._law.ancestral(names).marginal(names)
        cells = dict(zip(names, np.indices(joint.shape).reshape(len(names), -1), strict=True))
        parts = [law.codes[name][cells[name]] @ law.linear.weights[name].T for name in names]
        mean = np.sum(parts, axis=0)
        weights = joint.reshape(-1, 1)
        explained = (weights * mean**2).sum(axis=0) - (weights * mean).sum(axis=0) ** 2
        if "content_continuous" in law.parents:
            explained = explained + (law.linear.weights["content_continuous"] ** 2).sum(axis=1)
        return explained / (explained + 1.0)

    def sample(
        self,
        n: int,
        *,
        rng: np.random.Generator,
        dtype: Any = np.float64,
        interventions: Mapping[str, Intervention] | None = None,
    ) -> Batch:
        """n independent image-caption pairs with all their latents.

        A pair uses a fixed number of uniforms of `rng`, in order. So the first pairs of a longer sample are those of a
        shorter one, and a sample with interventions is the counterfactual of the sample without them from the same
        seed.

        Args:
            n: number of pairs, >= 1.
            rng: source of randomness.
            dtype: of the vectors and continuous latents, float32 or float64.
            interventions: name -> constant, or an array of n values, set by do(name = value): the variable ignores
                its parents, everything after it responds.

        Raises:
            ValueError: n that is no integer >= 1, no generator, an intervention on an unknown variable, or with values
                that do not fit it.
        """
        check_sampling(n, rng, least=1)
        forced = self._forced(n, interventions or {})
        dimension = self.config.token_dim
        text = np.empty((n, len(self.slots), dimension), dtype)
        image = np.empty((n, self.image_mixing.dim), dtype)
        tokens = np.empty((n, len(self.slots)), np.int64)
        latents: dict[str, np.ndarray] = {name: np.empty(n, np.int64) for name in self._law.names}
        latents |= {name: np.empty((n, law.dim), dtype) for name, law in self.continuous.items()}
        for start in range(0, n, BLOCK_ROWS):
            rows = slice(start, min(start + BLOCK_ROWS, n))
            uniform = rng.random((rows.stop - start, self._noise_dim))
            values = self._solve(rows, forced, uniform, dtype)
            for name, value in values.items():
                latents[name][rows] = value
            image[rows] = self.image_mixing(self.image_latents(values).astype(dtype))
            tokens[rows], text[rows] = self._captions(values, uniform[:, : len(self.slots)], dtype)
        mask = tokens != PADDING
        graph = self.graph.do(*forced) if forced else self.graph
        laws: dict[str, Conditional] = {**self._law.mechanisms, **self.continuous}
        conditionals = {name: law for name, law in laws.items() if name not in forced}
        return Batch(graph, latents, image, text, mask, tokens, self.vocabulary.roles_of(tokens), conditionals)

    def image_latents(self, latents: Values) -> Float[np.ndarray, "n d"]:
        """What the image mixing receives: simplex codes of the categorical content, then the continuous blocks."""
        parts = [self._codes[name][latents[name]] for name in self.config.image_codes]
        return np.concatenate([*parts, *(latents[name] for name in self.continuous)], axis=1)

    def caption_text(self, tokens: Int[np.ndarray, " length"]) -> str:
        """One row of token ids in words."""
        return self.vocabulary.decode(tokens).text

    @property
    def _noise_dim(self) -> int:
        """Uniforms that one pair uses: the order of its tokens, the discrete variables, the continuous blocks."""
        return len(self.slots) + len(self._law.names) + total_noise_dim(self.continuous)

    def _solve(
        self, rows: slice, forced: Mapping[str, np.ndarray], uniform: Float[np.ndarray, "n k"], dtype: Any
    ) -> dict[str, np.ndarray]:
        """Solve the structural equations of one block of rows, each on its own columns of the noise."""
        values: dict[str, np.ndarray] = {}
        first = len(self.slots)
        for column, name in enumerate(self._law.graph.order(), start=first):
            if name in forced:
                values[name] = forced[name][rows]
            else:
                values[name] = self._law.mechanisms[name].transform(values, uniform[:, column])
        first += len(self._law.names)
        normal = ndtri(np.maximum(uniform[:, first:], SMALLEST_UNIFORM)).astype(dtype)
        first = 0
        for name, law in self.continuous.items():
            noise = normal[:, first : first + law.noise_dim]
            values[name] = forced[name][rows].astype(dtype) if name in forced else law.transform(values, noise)
            first += law.noise_dim
        return values

    def _captions(
        self, values: Values, uniform: Float[np.ndarray, "n slots"], dtype: Any
    ) -> tuple[np.ndarray, np.ndarray]:
        """Token ids and vectors of one block of rows, in the order of the caption, padding last."""
        n = len(values["content_0"])
        ids = np.empty((n, len(self.slots)), np.int64)
        keep = np.ones(ids.shape, bool)
        for position, slot in enumerate(self.slots):
            ids[:, position] = self._first_ids[position] + (values[slot.variable] if slot.kind != "continuous" else 0)
            if slot.kept is not None:
                keep[:, position] = values[slot.kept] == 1
        order = self._order(keep, uniform)
        ids = np.take_along_axis(np.where(keep, ids, PADDING), order, axis=1)
        text = self._embedding.astype(dtype)[ids]
        for position, slot in enumerate(self.slots):
            if slot.kind == "continuous":
                place = np.argmax(order == position, axis=1)
                text[np.arange(n), place] = self._token_vectors(position, values[slot.variable]).astype(dtype)
        return ids, text

    def _order(
        self, keep: Bool[np.ndarray, "n slots"], uniform: Float[np.ndarray, "n slots"]
    ) -> Int[np.ndarray, "n slots"]:
        """For each caption the slots in the order in which they are written, dropped ones last."""
        if self.config.order == "shuffled":
            return np.argsort(np.where(keep, uniform, 2.0), axis=1)
        return np.argsort(~keep, axis=1, kind="stable")

    def _token_vectors(self, position: int, values: np.ndarray) -> Float[np.ndarray, "n d"]:
        """Vectors of the tokens of one slot: (slot code, value or its simplex code, 0) through the kind's mixing."""
        slot = self.slots[position]
        coded = values if slot.kind == "continuous" else simplex_code(len(slot.words))[values]
        latent = np.zeros((len(values), self.config.token_dim), coded.dtype)
        latent[:, position] = np.sqrt(len(self.slots))
        latent[:, len(self.slots) : len(self.slots) + coded.shape[1]] = coded
        return self.token_mixings[slot.kind](latent)

    def _embed_words(self) -> Float[np.ndarray, "words d"]:
        """Vector of each word, and a last row of zeros that the id -1 of padding finds."""
        embedding = np.zeros((len(self.vocabulary) + 1, self.config.token_dim))
        for position, slot in enumerate(self.slots):
            if slot.kind != "continuous":
                first = self._first_ids[position]
                embedding[first : first + len(slot.words)] = self._token_vectors(position, np.arange(len(slot.words)))
        return embedding

    def _forced(self, n: int, interventions: Mapping[str, Intervention]) -> dict[str, np.ndarray]:
        forced = {}
        for name, value in interventions.items():
            if name in self.continuous:
                shape: tuple[int, ...] = (n, self.continuous[name].dim)
            elif name in self._law.names:
                shape = (n,)
            else:
                known = [*self._law.names, *self.continuous]
                raise ValueError(f"do({name}) is not possible: the variables are {known}")
            array = np.asarray(value)
            if array.ndim and array.shape not in (shape, shape[1:]):
                raise ValueError(f"do({name}) got values of shape {array.shape}, expected a constant or shape {shape}")
            array = np.broadcast_to(array, shape)
            if name in self._law.names and not np.isin(array, np.arange(self._law.levels(name))).all():
                raise ValueError(f"do({name}) got values outside the levels 0..{self._law.levels(name) - 1}")
            forced[name] = array
        return forced

    def _graph(self) -> CausalGraph:
        finite = self._law.graph
        variables = list(finite.variables.values())
        roles = {
            "content_continuous": Role.INVARIANT,
            "z_dp_img": Role.DEPENDENT_IMAGE,
            "z_pr_img": Role.PRIVATE_IMAGE,
        }
        variables += [Variable(name, roles[name], law.dim) for name, law in self.continuous.items()]
        variables.append(Variable("x_img", Role.IMAGE, self.image_mixing.dim, observed=True))
        variables.append(Variable("x_tex", Role.TEXT, len(self.slots) * self.config.token_dim, observed=True))
        edges = [*finite.edges]
        edges += [(parent, name) for name, law in self.continuous.items() for parent in law.parents]
        edges += [(name, "x_img") for name in (*self.config.image_codes, *self.continuous)]
        text_parents = chain.from_iterable((slot.variable, slot.kept) for slot in self.slots)
        edges += [(name, "x_tex") for name in dict.fromkeys(text_parents) if name is not None]
        return CausalGraph(variables, edges)
