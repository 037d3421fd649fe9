"""Images with several captions each, in the files of the Karpathy splits of COCO and Flickr30k."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from realscale.composition.files import inside, records, text
from realscale.composition.items import BenchmarkError
from realscale.data.findings import Findings
from realscale.data.image_files import ImageFiles
from realscale.evaluation.codes import CodesOf
from realscale.evaluation.models import Evaluated
from realscale.evaluation.retrieval import retrieval


def read_captioned(path: Path, images: Path) -> tuple[ImageFiles, list[str], Int[np.ndarray, "p 2"]]:
    """The images of a JSON array of {image, caption: [texts]}, every caption, and which image each belongs to.

    The same text under two images stays two captions, each right of its own image alone, as the sets are scored.

    Raises:
        BenchmarkError: a file that is not so, an image outside of the folder, or one that is not there.
    """
    paths: list[str] = []
    texts: list[str] = []
    pairs: list[tuple[int, int]] = []
    for key, record in records(path, list):
        captions = record.get("caption")
        if not isinstance(captions, list) or not captions or not all(isinstance(each, str) for each in captions):
            raise BenchmarkError(f"{path}, record {key}: field 'caption' is {captions!r:.80}; expected a list of texts")
        image = text(path, key, record, "image")
        if not inside(images, image).is_file():
            raise BenchmarkError(
                f"{path}, record {key}: {images / image} is not there; expected every image: recall over a part "
                "would stand beside figures over the whole"
            )
        pairs += [(len(paths), len(texts) + number) for number in range(len(captions))]
        paths.append(image)
        texts += captions
    nothing = np.zeros(len(paths), dtype=np.int64)
    found = ImageFiles(path.stem, images, tuple(paths), nothing, ("image",), nothing, ("all",), Findings())
    return found, texts, np.array(pairs)


def captioned_retrieval(model: Evaluated, path: Path, images: Path, codes_of: CodesOf) -> tuple[dict[str, Any], int]:
    """Recall both ways between the images of such a file and all their captions; and the number of images.

    Raises:
        BenchmarkError: as `read_captioned`. DataError: an image that cannot be decoded.
    """
    files, texts, pairs = read_captioned(path, images)
    return retrieval(codes_of(files), model.text_codes(texts), pairs), len(files)
