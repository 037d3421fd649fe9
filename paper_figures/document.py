"""An HTML document that opens offline and asks nothing of anyone: pictures and script are in it."""

import base64
import hashlib
import io
from html import escape

from PIL import Image

from paper_figures.style import DOTS_PER_INCH
from paper_figures.stylesheet import STYLESHEET


def document(title: str, body: str, script: str = "") -> str:
    """A document in the house style; well-formed XML too, but for its doctype.

    Its policy lets the browser load nothing and run nothing but this very script (named by its SHA-256).
    """
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    if script:
        script = f"\n//<![CDATA[\n{script}\n//]]>\n"
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
        policy += f"; script-src 'sha256-{digest}'"
        body += f"\n<script>{script}</script>"
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8" />\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1" />\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}" />\n'
        '<link rel="icon" href="data:," />\n'
        f"<title>{escape(title)}</title>\n<style>{STYLESHEET}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def embedded(png: bytes, alternative: str) -> str:
    """An `<img>` that holds its picture, as lossless WebP (a third of the PNG); the style sheet needs its width."""
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        width, height = picture.size
        picture.convert("RGB").save(buffer, "webp", lossless=True)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    size = f'width="{width}" height="{height}" style="--inches: {width / DOTS_PER_INCH:g}"'
    return f'<img src="data:image/webp;base64,{data}" alt="{escape(alternative)}" {size} />'
