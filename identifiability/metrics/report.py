"""Every tower against every block of latents, in both directions, with ceilings and floors: what the claims read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Shaped

from identifiability.metrics.classification import accuracy_linear, chance_accuracy, indicators
from identifiability.metrics.kernel_ridge import kernel_ridge_predict
from identifiability.metrics.regression import r2_kernel, r2_linear, r2_score
from identifiability.metrics.samples import checked, same_rows


@dataclass(frozen=True)
class BlockScore:
    """What one tower's code says of one block: R2 of each coordinate, or for a categorical block one accuracy.

    `reverse` is R2 of each raw code coordinate from the block (None: not asked for). `floor` is the kernel's R2 after
    shuffling, or the accuracy of naming the most frequent class. `ceiling` is the population value from the content,
    None where it is not known.
    """

    measure: Literal["r2", "accuracy"]
    linear: Float[np.ndarray, "q"]
    kernel: Float[np.ndarray, "q"]
    reverse: Float[np.ndarray, "d"] | None
    ceiling: Float[np.ndarray, "q"] | None
    floor: Float[np.ndarray, "q"]

    @property
    def excess(self) -> Float[np.ndarray, "q"] | None:
        """Kernel score minus ceiling: positive where the code says more of the block than the content does."""
        return None if self.ceiling is None else self.kernel - self.ceiling


@dataclass(frozen=True)
class BlockReport:
    """Scores by (tower, block)."""

    scores: Mapping[tuple[str, str], BlockScore]

    def __getitem__(self, tower_and_block: tuple[str, str]) -> BlockScore:
        return self.scores[tower_and_block]

    def numbers(self) -> dict[str, float]:
        """Means over coordinates, as `tower.block.name` with name linear, kernel, reverse, ceiling or floor."""
        return {
            f"{tower}.{block}.{name}": float(np.mean(values))
            for (tower, block), score in self.scores.items()
            for name in ("linear", "kernel", "reverse", "ceiling", "floor")
            if (values := getattr(score, name)) is not None
        }


def block_report(
    codes: Mapping[str, Float[np.ndarray, "n _"]],
    latents: Mapping[str, Shaped[np.ndarray, "n *_"]],
    *,
    rng: np.random.Generator,
    ceilings: Mapping[str, Float[np.ndarray, "_"] | float] | None = None,
    reverse: Collection[str] | None = None,
    train: int = 2000,
    repeats: int = 2,
) -> BlockReport:
    """Fit on `train` random samples, score on the others: code -> block (linear and kernel) and block -> code (kernel).

    Blocks of whole numbers, one a sample, are categorical: accuracy instead of R2, indicators as input in reverse. One
    kernel regression a tower serves all blocks and their shuffled copies, one a block serves all towers in reverse.

    Args:
        codes: codes of each tower, as they come (never whitened).
        latents: blocks of latents.
        rng: splits the samples and shuffles blocks for the floor.
        ceilings: population score of a block from the content, a number or one a coordinate.
        reverse: blocks to predict the codes from; None for all. A union of blocks is itself a block (see `indicators`).
        train: samples to fit on.
        repeats: shuffles averaged in the floor.

    Raises:
        ValueError: ceilings or reverse that name no block, no shuffle, too few samples, and as the scores.
    """
    ceilings, reverse = ceilings or {}, latents if reverse is None else reverse
    unknown = (set(ceilings) | set(reverse)) - set(latents)
    if unknown:
        raise ValueError(f"{sorted(unknown)} name no block; expected names among {sorted(latents)}")
    if train < 30 or repeats < 1:
        raise ValueError(
            f"train is {train} and repeats {repeats}; expected at least 30 samples to fit on and one shuffle"
        )
    towers = {tower: checked(f"codes of {tower}", code, minimum=train + 30) for tower, code in codes.items()}
    labels = {name: np.asarray(block) for name, block in latents.items() if _categorical(block)}
    blocks = {name: checked(name, block, minimum=2) for name, block in latents.items() if name not in labels}
    same_rows(**towers, **blocks, **labels)

    count = len(next(iter(towers.values())))
    order = rng.permutation(count)
    shuffles = [np.append(rng.permutation(train), train + rng.permutation(count - train)) for _ in range(repeats)]
    towers, labels, blocks = ({name: part[order] for name, part in group.items()} for group in (towers, labels, blocks))
    targets = {name: np.hstack([block, *(block[shuffle] for shuffle in shuffles)]) for name, block in blocks.items()}
    targets |= {name: indicators(label) for name, label in labels.items()}

    backward: dict[tuple[str, str], np.ndarray] = {}
    for name in reverse:
        source = indicators(labels[name]) if name in labels else blocks[name]
        joint = np.hstack(list(towers.values()))
        r2 = r2_kernel(source[:train], joint[:train], source[train:], joint[train:])
        backward |= {(tower, name): part for tower, part in zip(towers, _split(r2, towers), strict=True)}

    scores = {}
    for tower, code in towers.items():
        fit, held_out = code[:train], code[train:]
        prediction = kernel_ridge_predict(fit, np.hstack(list(targets.values()))[:train], held_out)
        for name, part in zip(targets, _split(prediction, targets), strict=True):
            if name in labels:
                label = labels[name]
                linear = np.array([accuracy_linear(fit, label[:train], held_out, label[train:])])
                kernel = np.array([np.mean(np.unique(label)[part.argmax(1)] == label[train:])])
                floor = np.array([chance_accuracy(label[:train], label[train:])])
            else:
                linear = r2_linear(fit, blocks[name][:train], held_out, blocks[name][train:])
                kernel, *shuffled = r2_score(targets[name][train:], part).reshape(repeats + 1, -1)
                floor = np.mean(shuffled, axis=0)
            scores[tower, name] = BlockScore(
                measure="accuracy" if name in labels else "r2",
                linear=linear,
                kernel=kernel,
                reverse=backward.get((tower, name)),
                ceiling=_ceiling(name, ceilings[name], len(kernel)) if name in ceilings else None,
                floor=floor,
            )
    return BlockReport(scores)


def _categorical(block: Shaped[np.ndarray, "n *_"]) -> bool:
    return np.ndim(block) == 1 and np.issubdtype(np.asarray(block).dtype, np.integer)


def _split(
    columns: Float[np.ndarray, "*rows columns"], parts: Mapping[str, Float[np.ndarray, "n _"]]
) -> list[Float[np.ndarray, "*rows _"]]:
    """`columns` cut at the widths of `parts`."""
    return np.split(columns, np.cumsum([part.shape[1] for part in parts.values()])[:-1], axis=-1)


def _ceiling(name: str, ceiling: Float[np.ndarray, "_"] | float, width: int) -> Float[np.ndarray, "q"]:
    values = np.full(width, ceiling) if np.ndim(ceiling) == 0 else np.asarray(ceiling, dtype=np.float64)
    if values.shape != (width,):
        raise ValueError(
            f"the ceiling of {name} has shape {values.shape}; expected a number, or {width}: one a coordinate"
        )
    return values
