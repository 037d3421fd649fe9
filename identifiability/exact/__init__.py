"""Population optima of finite and Gaussian models, by enumeration, closed form and quadrature.

The invertibility counterexample is a module of its own: `identifiability.exact.disc`.
"""

from identifiability.exact.atoms import smoothed_entropy
from identifiability.exact.captions import (
    caption_model,
    factor_of_image,
    image_caption_law,
)
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
from identifiability.exact.gaussian_information import (
    block_information,
    canonical_correlations,
    discretised_information,
    discretised_pair,
)
from identifiability.exact.gaussian_limit import (
    FiniteKLoss,
    bias_constant,
    entropy_limit_gap,
    finite_k_loss,
    fluctuation_constant,
    infinite_k_limit,
)
from identifiability.exact.gaussian_sampling import SampledLoss, sampled_loss
from identifiability.exact.grammar import (
    CaptionLaw,
    enumerate_captions,
    image_text_law,
)
from identifiability.exact.iff_loose import (
    critic_is_function_of_common_part,
    flat_direction,
    information_beyond_common_part,
    interval_limits,
    one_coordinate_bound,
    sphere_uniformity,
    uniform_limit_gap,
)
from identifiability.exact.infonce import (
    cross_entropy,
    finite_k_gap,
    infonce_limit,
    infonce_loss,
    noise_free_floor,
    population_optimum,
)
from identifiability.exact.lemma1 import (
    CommonMaps,
    common_maps_depend_on_shared_alone,
    enumerate_common_maps,
)
from identifiability.exact.random_laws import independent_given_shared, random_law
from identifiability.exact.selection import SelectedSemantics, selected_common_parts

__all__ = [
    "CaptionLaw",
    "CommonMaps",
    "CommonPart",
    "FiniteKLoss",
    "SampledLoss",
    "SelectedSemantics",
    "TriangularLaw",
    "align_max_entropy",
    "all_maps",
    "bias_constant",
    "bimodal_law",
    "block_identifies",
    "block_information",
    "canonical_correlations",
    "caption_model",
    "code_entropy",
    "common_maps_depend_on_shared_alone",
    "common_part",
    "critic_is_function_of_common_part",
    "cross_entropy",
    "darmois_map",
    "discretised_information",
    "discretised_pair",
    "entropy_limit_gap",
    "enumerate_captions",
    "enumerate_common_maps",
    "factor_of_image",
    "finite_k_gap",
    "finite_k_loss",
    "flat_direction",
    "fluctuation_constant",
    "gaussian_law",
    "hermite_code",
    "image_caption_law",
    "image_text_law",
    "independent_given_shared",
    "infinite_k_limit",
    "infonce_limit",
    "infonce_loss",
    "information_beyond_common_part",
    "interval_limits",
    "largest_legendre_moment",
    "log_jacobian",
    "mm_align_at_darmois",
    "noise_free_floor",
    "one_coordinate_bound",
    "population_optimum",
    "random_law",
    "sampled_loss",
    "scaled_code_loss",
    "selected_common_parts",
    "smoothed_entropy",
    "sphere_uniformity",
    "sub_block_code",
    "support_is_connected",
    "surplus_coordinate_loss",
    "uniform_limit_gap",
]
