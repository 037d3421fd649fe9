"""L_SMMAlign of CLIP-IRM under its constraint, and the projection of a frozen code that takes the constraint's place.

An optimum of L_MMAlign in dim z_inv outputs is an injective function of z_inv = (z_cls, z_env), uniform on the cube. If
it were aligned with captions without environment tokens, f = g(X_{y/e}), it would be a function of z_cls alone (Lemma 1
of `identifiability.exact.lemma1`): it cannot be. What can be aligned with pruned captions is P o f*, for a frozen
optimum f* and a map P onto dim z_cls outputs.

Continuous codes: z_cls and z_env of one dimension each, standard normal with a correlation; u = Darmois map of
(z_cls, z_env) is uniform on the unit square and u_1 a function of z_cls. Finite codes: labels.
"""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtr, ndtri

from identifiability.exact.common_part import align_max_entropy, common_part
from identifiability.exact.darmois import darmois_map, gaussian_law

FrozenCode = Literal["class first", "context first", "strips"]
FROZEN: tuple[FrozenCode, ...] = ("class first", "context first", "strips")
STRIPS = 4  # of the frozen code "strips"


def lay_in_strips(u: Float[np.ndarray, "n 2"], strips: int) -> Float[np.ndarray, "n 2"]:
    """The unit square cut along u_1 into pieces, each stretched and laid down as a strip of height 1 / strips.

    Piece i becomes the i-th strip, run through from left to right for even i and back for odd i; u_2 runs across the
    strip. Every piece is mapped linearly with determinant +-1, so uniform codes stay uniform, and nothing is lost; but
    the image of all points with the same u_1 has length 1 / strips.
    """
    along = strips * u[:, 0]
    piece = np.minimum(np.floor(along), strips - 1)
    within = along - piece
    return np.column_stack([np.where(piece % 2, 1 - within, within), (piece + u[:, 1]) / strips])


def read_strips(code: Float[np.ndarray, "n 2"], strips: int) -> Float[np.ndarray, "n 2"]:
    """The inverse of `lay_in_strips`."""
    across = strips * code[:, 1]
    piece = np.minimum(np.floor(across), strips - 1)
    within = np.where(piece % 2, 1 - code[:, 0], code[:, 0])
    return np.column_stack([(piece + within) / strips, across - piece])


def strip_alignment(strips: int, *, points: int = 64) -> float:
    """E|f - g| of the image code f = strips of (u_1, u_2) and the caption code g = strips of (u_1, v).

    v is uniform and the caption's own. Both codes are uniform on the square, so this is L_SMMAlign of the pair; and f
    is an optimum of L_MMAlign, since full captions know u_2. Equals 1 / (3 strips), up to the factor 1 - 1 / points^2
    of the midpoint rule.
    """
    middle = (np.arange(points) + 0.5) / points
    first = (np.arange(strips) + 0.5) / strips  # the distance does not depend on where in its piece u_1 lies
    grid = [part.ravel() for part in np.meshgrid(first, middle, middle, indexing="ij")]
    image = lay_in_strips(np.column_stack(grid[:2]), strips)
    caption = lay_in_strips(np.column_stack([grid[0], grid[2]]), strips)
    return float(np.linalg.norm(image - caption, axis=1).mean())


def frozen_code(z: Float[np.ndarray, "n 2"], correlation: float, kind: FrozenCode) -> Float[np.ndarray, "n 2"]:
    """An optimum of L_MMAlign for z = (z_cls, z_env) of this correlation: injective, and uniform on the square.

    "class first" is the Darmois map, "context first" that of (z_env, z_cls), in which both outputs mix the factors,
    "strips" the first laid in strips.
    """
    law = gaussian_law(np.array([[1.0, correlation], [correlation, 1.0]]))
    if kind == "context first":
        return darmois_map(law, z[:, ::-1])
    u = darmois_map(law, z)
    return lay_in_strips(u, STRIPS) if kind == "strips" else u


def class_projection(code: Float[np.ndarray, "n 2"], correlation: float, kind: FrozenCode) -> Float[np.ndarray, " n"]:
    """P with P(f*(z)) = F(z_cls), computed from the frozen code alone."""
    if kind == "context first":
        context, rest = ndtri(code[:, 0]), ndtri(code[:, 1])
        return ndtr(correlation * context + np.sqrt(1 - correlation**2) * rest)
    return (read_strips(code, STRIPS) if kind == "strips" else code)[:, 0]


def joint_of_code(code: Int[np.ndarray, " x"], joint: Float[np.ndarray, "x t"]) -> Float[np.ndarray, "code t"]:
    """p(f(x), t) of a code given as a label of each image, from p(x, t)."""
    table = np.zeros((code.max() + 1, joint.shape[1]))
    np.add.at(table, code, joint)
    return table


def optimal_projections(
    frozen: Int[np.ndarray, " x"], pruned: Float[np.ndarray, "x t"], outputs: int
) -> tuple[float, Int[np.ndarray, "maximisers x"]]:
    """max H(P(f*(X))) over all P onto `outputs` labels aligned with pruned captions, and every optimal P o f*.

    Args:
        frozen: label f*(x) of each image.
        pruned: law p(x, t) of images and pruned captions.
        outputs: number of labels that P may use.

    Raises:
        ValueError: a table that is not a law, or too many maps.
    """
    entropy, maps = align_max_entropy(joint_of_code(frozen, pruned), outputs)
    return entropy, np.unique(maps[:, frozen], axis=0)


def aligned_with_both(
    full: Float[np.ndarray, "x t"], pruned: Float[np.ndarray, "x v"], codes: int
) -> tuple[int, int, int]:
    """Numbers of encoders that are optimal for full captions, for pruned captions, and for both, by trying all.

    Optimal: aligned exactly with some text encoder, and of the largest entropy among those.

    Raises:
        ValueError: a table that is not a law, or too many maps.
    """
    sets = [{tuple(f) for f in align_max_entropy(joint, codes)[1].tolist()} for joint in (full, pruned)]
    return len(sets[0]), len(sets[1]), len(sets[0] & sets[1])


def optimal_representation(pruned: Float[np.ndarray, "x t"]) -> tuple[int, ...]:
    """The partition of the images that every L_SMMAlign-optimal code makes: components, by first appearance.

    Raises:
        ValueError: a table that is not a law.
    """
    return tuple(common_part(pruned).image.tolist())


def relabels(code: Int[np.ndarray, " x"], labels: Int[np.ndarray, " x"]) -> bool:
    """Whether two labellings make the same partition."""
    pairs = len(np.unique(np.stack([code, labels]), axis=1).T)
    return pairs == len(np.unique(code)) == len(np.unique(labels))
