"""A coloured drawing with outlines as a line drawing: black lines and areas stay, colours go."""

import re

_PAINT = re.compile(r'\b(fill|stroke)="([^"]*)"')
_BLACK = {"#000", "#000000", "black", "none"}


def line_drawing(svg: str) -> str:
    """The SVG document without its coloured areas, every line of it black."""

    def paint(match: re.Match[str]) -> str:
        what, colour = match.groups()
        if colour in _BLACK:
            return match[0]
        return f'{what}="{"none" if what == "fill" else "#000"}"'

    return _PAINT.sub(paint, svg)
