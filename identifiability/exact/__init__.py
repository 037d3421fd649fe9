"""Population optima of finite and Gaussian models, by enumeration, closed form and quadrature."""

from identifiability.exact.atoms import smoothed_entropy
from identifiability.exact.captions import caption_model, factor_of_image, image_caption_law
from identifiability.exact.common_part import (
    CommonPart,
    align_max_entropy,
    all_maps,
    block_identifies,
    common_part,
    support_is_connected,
)
from identifiability.exact.darmois import (
    TriangularLaw,
    bimodal_law,
    code_entropy,
    darmois_map,
    gaussian_law,
    largest_legendre_moment,
    log_jacobian,
    mm_align_at_darmois,
)
from identifiability.exact.degenerate_codes import (
    hermite_code,
    scaled_code_loss,
    sub_block_code,
    surplus_coordinate_loss,
)
from identifiability.exact.infonce import (
    cross_entropy,
    finite_k_gap,
    infonce_limit,
    infonce_loss,
    noise_free_floor,
    population_optimum,
)
from identifiability.exact.lemma1 import CommonMaps, common_maps_depend_on_shared_alone, enumerate_common_maps
from identifiability.exact.random_laws import independent_given_shared, random_law

__all__ = [
    "CommonMaps",
    "CommonPart",
    "TriangularLaw",
    "align_max_entropy",
    "all_maps",
    "bimodal_law",
    "block_identifies",
    "caption_model",
    "code_entropy",
    "common_maps_depend_on_shared_alone",
    "common_part",
    "cross_entropy",
    "darmois_map",
    "enumerate_common_maps",
    "factor_of_image",
    "finite_k_gap",
    "gaussian_law",
    "hermite_code",
    "image_caption_law",
    "independent_given_shared",
    "infonce_limit",
    "infonce_loss",
    "largest_legendre_moment",
    "log_jacobian",
    "mm_align_at_darmois",
    "noise_free_floor",
    "population_optimum",
    "random_law",
    "scaled_code_loss",
    "smoothed_entropy",
    "sub_block_code",
    "support_is_connected",
    "surplus_coordinate_loss",
]
