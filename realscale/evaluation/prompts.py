"""Prompts of classes: bare, with the context named, averaged over contexts, or over a user's own templates."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal

import numpy as np
from jaxtyping import Float

from realscale.data.phrases import with_article
from realscale.evaluation.models import Evaluated

Kind = Literal["class", "matched", "ensemble", "templates"]

CLASS_TEMPLATE = "a photo of a {}"


def checked_template(template: str, where: str) -> str:
    """The template.

    Raises:
        ValueError: it does not have exactly one `{}`.
    """
    if template.count("{}") != 1 or "{" in template.replace("{}", "") or "}" in template.replace("{}", ""):
        raise ValueError(
            f"{where} has the template {template!r}; expected exactly one {{}}, the place of the class name, because "
            "every class is asked for with the same words around its name"
        )
    return template


def read_templates(path: Path) -> tuple[str, ...]:
    """One template a line, empty lines and lines that begin with # left out: CLIP's 80 templates, for instance.

    Raises:
        ValueError: no file, no template, or a line without exactly one `{}`.
    """
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"the templates {path} cannot be read ({error}); expected a text file, one a line") from error
    found = tuple(checked_template(line, str(path)) for line in lines if line and not line.startswith("#"))
    if not found:
        raise ValueError(f"{path} has no template; expected one a line, with {{}} where the class name stands")
    return found


def read_context_templates(path: Path) -> dict[str, str]:
    """A JSON object from the name of a context to its template: `{"sketch": "a sketch of a {}"}`.

    Raises:
        ValueError: no such file or object, or a template without exactly one `{}`.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as JSON ({error}); expected an object, context to template") from error
    if not isinstance(document, dict) or not all(isinstance(value, str) for value in document.values()):
        raise ValueError(f'{path} is not an object from context to template, as {{"sketch": "a sketch of a {{}}"}}')
    return {name: checked_template(template, f"{path}, {name!r}") for name, template in document.items()}


@cache
def _known_contexts() -> dict[str, str]:
    return json.loads((resources.files("realscale.evaluation") / "context_templates.json").read_text("utf-8"))


def context_templates(names: Sequence[str], own: Mapping[str, str]) -> tuple[str, ...]:
    """The template of each context: the user's own, else the one known for a name of DomainBed's or NICO++'s sets.

    Of any other name: `a NAME picture of a {}`.

    Raises:
        ValueError: the user's own names a context that the set does not have.
    """
    unknown = sorted(set(own) - set(names))
    if unknown:
        raise ValueError(f"templates are given for contexts {unknown}, which are not of this set; it has {list(names)}")
    known = {**_known_contexts(), **own}
    return tuple(known.get(name, f"{with_article(name)} picture of a {{}}") for name in names)


def prompt_codes(
    model: Evaluated, class_names: Sequence[str], templates: Sequence[str]
) -> Float[np.ndarray, "templates classes d"]:
    """Unit codes of every class in every template."""
    texts = [template.format(name) for template in templates for name in class_names]
    return model.text_codes(texts).reshape(len(templates), len(class_names), -1)


def mean_codes(codes: Float[np.ndarray, "templates classes d"]) -> Float[np.ndarray, "classes d"]:
    """Unit code along the mean over templates, as CLIP's prompt ensembles."""
    mean = codes.mean(axis=0)
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)
