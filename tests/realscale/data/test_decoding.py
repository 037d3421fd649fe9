"""Bytes of unknown origin: a square, or one error with its reason, whatever the damage."""

import contextlib
import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from realscale.data import decoding
from realscale.data.decoding import HEAD_BYTES, NoPicture, decode, has_picture_header
from realscale.data.squares import square


def encoded(kind: str, size: tuple[int, int] = (20, 14)) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format=kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF"])
def test_every_known_format_has_a_known_header_and_decodes(kind: str) -> None:
    content = encoded(kind)
    assert has_picture_header(content[:HEAD_BYTES])
    assert (decode(content, 8) == square(Image.open(io.BytesIO(content)), 8)).all()


@pytest.mark.parametrize("content", [b"", b"<html>", b"RIFF0000WAVE", b"%!PS-Adobe-3.0 EPSF-3.0\n", bytes(64)])
def test_other_bytes_are_no_picture(content: bytes) -> None:
    assert not has_picture_header(content[:HEAD_BYTES])
    with pytest.raises(NoPicture, match="UnidentifiedImageError") as caught:
        decode(content, 8)
    assert caught.value.reason == "corrupt image"


@settings(deadline=None, max_examples=120)
@given(
    kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "PPM", "TIFF"]),
    damage=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=12),
    cut=st.integers(0, 2000),
)
def test_damaged_bytes_give_a_square_or_no_picture(kind: str, damage: list[tuple[int, int]], cut: int) -> None:
    content = bytearray(encoded(kind))
    for position, value in damage:
        content[position % len(content)] = value
    with contextlib.suppress(NoPicture):
        assert decode(bytes(content[: len(content) - cut % len(content)]), 6).shape == (6, 6, 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_truncated_picture_is_no_picture(kind: str) -> None:
    content = encoded(kind)
    with pytest.raises(NoPicture, match="corrupt image"):
        decode(content[: len(content) // 2], 8)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims this size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(8193, 8192), (12_000, 8_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_by_its_claimed_size(width: int, height: int) -> None:
    with pytest.raises(NoPicture) as caught:
        decode(bomb(width, height), 8)
    assert caught.value.reason == "oversize image"


def test_a_strip_that_would_be_huge_when_scaled_is_refused() -> None:
    """4,000 x 1 pixels at 224 would be 896,000 x 224, 600 MB."""
    content = encoded("PNG", (4000, 1))
    assert decode(content, 8).shape == (8, 8, 3)
    with pytest.raises(NoPicture, match="too long a strip to scale up to 224") as caught:
        decode(content, 224)
    assert caught.value.reason == "oversize image"


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = encoded("PNG")
    monkeypatch.setattr(decoding, "MOST_BYTES", len(content))
    assert decode(content, 4).shape == (4, 4, 3)
    monkeypatch.setattr(decoding, "MOST_BYTES", len(content) - 1)
    with pytest.raises(NoPicture, match="oversize image"):
        decode(content, 4)
