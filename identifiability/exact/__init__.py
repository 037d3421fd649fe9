"""Population optima of finite and Gaussian models, by enumeration, closed form and quadrature."""

from identifiability.exact.captions import caption_model, factor_of_image, image_caption_law
from identifiability.exact.common_part import (
    CommonPart,
    align_max_entropy,
    block_identifies,
    common_part,
    support_is_connected,
)
from identifiability.exact.lemma1 import CommonMaps, common_maps_depend_on_shared_alone, enumerate_common_maps
from identifiability.exact.random_laws import independent_given_shared, random_law

__all__ = [
    "CommonMaps",
    "CommonPart",
    "align_max_entropy",
    "block_identifies",
    "caption_model",
    "common_maps_depend_on_shared_alone",
    "common_part",
    "enumerate_common_maps",
    "factor_of_image",
    "image_caption_law",
    "independent_given_shared",
    "random_law",
    "support_is_connected",
]
