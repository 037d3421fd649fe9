"""What a policy is asked: the question without image marks, its options, and the form in which it is to answer."""

import re

from realscale.reasoning.benchmarks.problems import LETTERS, Kind

_MARK = re.compile(r"[ \t]*<image\s*(\d*)>[ \t]*")
_LISTED = re.compile(r"^[ \t]*\(?([A-Z])[ \t]*[.．:：)、][ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
_FORM: dict[Kind, str] = {
    "choice": "X is the letter of the right option",
    "integer": "X is a whole number",
    "float": "X is a number",
    "list": "X is a list such as [1, 2]",
    "value": "X is the value or expression that is asked for",
    "yes/no": "X is yes or no, or unclear if it cannot be told",
}


def prompt(question: str, kind: Kind, options: tuple[str, ...] = (), *, places: int | None = None) -> str:
    """The question as it is asked; `options` are those that do not stand in it, `places` decimals of a float."""
    lines = [without_marks(question)]
    if options and options != tuple(LETTERS[: len(options)]):
        lines += [f"({LETTERS[place]}) {option}" for place, option in enumerate(options)]
    form = _FORM[kind] + (f" rounded to {places} decimal{'s' * (places > 1)}" if kind == "float" and places else "")
    lines.append(f'Solve it step by step and end with a line "Answer: X", where {form}.')
    return "\n".join(line for line in lines if line)


def without_marks(question: str) -> str:
    """The question without its image mark; of several each becomes "image 1" and so on, to tell them apart."""
    several = len(set(_MARK.findall(question))) > 1
    told = _MARK.sub(lambda mark: f" image {mark[1]} " if several and mark[1] else " ", question)
    return re.sub(r" +(?=[?.,;:!])|\n[ \t]+(?=\n)", "", told).strip()


def listed_options(question: str, letters: str) -> tuple[str, ...]:
    """The options that stand in a question, a line each: "A. soap", "(B) vinegar", "C:30".

    None unless they run from A on and the right letters are among them: then they are not known, as in a picture.
    """
    found = _LISTED.findall(question)
    marks = [mark for mark, _ in found]
    if len(found) < 2 or marks != list(LETTERS[: len(found)]) or not set(letters) <= set(marks):
        return ()
    return tuple(text for _, text in found)
