"""SugarCrepe (Hsieh et al. 2023): seven files of caption and negative, images of COCO val2017."""

from pathlib import Path

from realscale.composition.files import inside, records, text
from realscale.composition.items import Benchmark, Item, join

TYPES = ("add_att", "add_obj", "replace_att", "replace_obj", "replace_rel", "swap_att", "swap_obj")


def sugarcrepe(data: Path, images: Path, types: tuple[str, ...] = TYPES) -> Benchmark:
    """Read data/TYPE.json of each type; a file is an object of records whose keys need not be without gaps.

    Record: filename, caption, negative_caption. Official rule: strictly above, so ties lose; a score for each file.

    Raises:
        BenchmarkError: files that are not so.
    """
    parts = []
    for name in types:
        path = data / f"{name}.json"
        items = tuple(
            Item(
                f"{name}/{key}",
                inside(images, text(path, key, record, "filename")),
                text(path, key, record, "caption"),
                (text(path, key, record, "negative_caption"),),
                name,
            )
            for key, record in records(path, dict)
        )
        parts.append(Benchmark(f"sugarcrepe {name}", items, "lose", "micro"))
    return join("sugarcrepe", parts)
