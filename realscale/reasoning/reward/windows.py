"""Which characters each token of a decoder wrote, and the text of sliding windows of tokens.

CLIP has another tokeniser than the decoder: a window is cut by the decoder's tokens and handed over as text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

_UNFINISHED = "\ufffd"  # what a decoder shows for bytes that are no whole character


@dataclass(frozen=True)
class Written:
    """A completion's text, and for each token the characters [start, end) that it wrote, in order and without gaps.

    A token that wrote nothing (an end mark, the first bytes of a character) has start = end.

    Raises:
        ValueError: no token, characters that no token wrote, or two did.
    """

    text: str
    spans: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        position = 0
        for token, (start, end) in enumerate(self.spans):
            if start != position or end < start:
                raise ValueError(
                    f"token {token} wrote characters {start} to {end} after {position} characters; expected spans that "
                    "join, because the text is what the tokens write one after the other"
                )
            position = end
        if position != len(self.text) or not self.spans:
            raise ValueError(
                f"{len(self.spans)} tokens wrote {position} of {len(self.text)} characters; expected all of them, and "
                "one token at least: a completion has its end mark"
            )


class Window(NamedTuple):
    """The text of the last tokens up to and with `token`."""

    token: int
    text: str


def written(ids: Sequence[int], decode: Callable[[Sequence[int]], str]) -> Written:
    """What each token of a completion wrote, by decoding ever longer pieces.

    A character whose bytes are spread over several tokens belongs to the last of them. A piece is decoded behind the
    one before it, so that decoders which strip a text's first space keep it within the text.

    Args:
        ids: token ids of the completion, without padding.
        decode: ids to text, special tokens skipped and spaces not tidied up
            (`partial(tokenizer.decode, skip_special_tokens=True, clean_up_tokenization_spaces=False)`).
    """
    text, spans, before, start = "", [], 0, 0
    for token in range(len(ids)):
        known, found = decode(ids[before:start]), decode(ids[before : token + 1])
        unfinished = found.endswith(_UNFINISHED) and token + 1 < len(ids)
        piece = "" if unfinished else found[len(known) :]
        spans.append((len(text), len(text) + len(piece)))
        text += piece
        if not unfinished and piece:
            before, start = start, token + 1
    return Written(text, tuple(spans))


def windows(completion: Written, width: int, stride: int = 1) -> list[Window]:
    """The windows of `width` tokens that end at every `stride`-th token that wrote something, and at the last such one.

    The first ones are shorter, as are those over tokens that wrote nothing. Spaces around a window are cut off; a
    window of spaces alone is left out. A completion without any has the empty window, on its last token: without a step
    it would earn nothing, which is more than scores below 0 do.

    Raises:
        ValueError: a width or stride below 1.
    """
    if width < 1 or stride < 1:
        raise ValueError(f"width is {width} and stride {stride}; expected numbers of tokens from 1 on")
    telling = [token for token, (start, end) in enumerate(completion.spans) if end > start]
    ends = telling[stride - 1 :: stride]
    if telling and (not ends or ends[-1] != telling[-1]):
        ends.append(telling[-1])
    found = []
    for token in ends:
        first, last = completion.spans[max(0, token - width + 1)][0], completion.spans[token][1]
        text = completion.text[first:last].strip()
        if text:
            found.append(Window(token, text))
    return found or [Window(len(completion.spans) - 1, "")]
