"""Whether a text is one, in lines of bearable length. Must not read files."""

from __future__ import annotations

from typing import Final

from archdiff.model.errors import ReadError
from archdiff.model.files import too_large
from archdiff.parse.lines import MAX_BYTES, MAX_LINE, line_break

WAY_OUT: Final = "give a text file that holds what print(model) writes"
LESS: Final = "cut the part with the printed model out of it"
_LFS = "version https://git-lfs.github.com/spec/"
_SHOWN = 120  # characters of an offending line that an error carries


def checked(source: str, text: str) -> str:
    """The text as it came, where it is text in lines of bearable length.

    Args:
        source: what messages call it.
        text: all of it.

    Raises:
        ReadError: with the place of what is no text.
    """
    if len(text) > MAX_BYTES:
        raise too_large(source, MAX_BYTES, LESS)
    for bad, what in (("\0", "a NUL byte"), *(_surrogates(text))):
        if bad in text:
            raise no_text(source, text, text.index(bad), what, WAY_OUT)
    if not text.strip():
        raise ReadError("empty", source=source, way_out=WAY_OUT)
    if text.startswith(_LFS):
        message, way_out = "a pointer of Git LFS, not the file itself", "git lfs pull, or git lfs smudge < POINTER"
        raise ReadError(message, source=source, line=1, column=1, line_text=text.split("\n", 1)[0], way_out=way_out)
    ending, begin = line_break(text), 0
    while len(text) - begin > MAX_LINE:
        end = text.rfind(ending, begin, begin + MAX_LINE + 1)
        if end < 0:
            line, _, shown = _place(text, begin)
            length = len(text[begin:].split(ending, 1)[0])
            message = f"a line of {length:,} characters; archdiff reads lines up to {MAX_LINE:,}"
            raise ReadError(message, source=source, line=line, column=1, line_text=shown, way_out=WAY_OUT)
        begin = end + 1
    return text


def no_text(source: str, text: str, position: int, what: str, way_out: str) -> ReadError:
    """The error about what no text holds, with its place.

    Args:
        source: what messages call the text.
        text: all of it.
        position: of the offending character.
        what: that it is.
        way_out: what to do.
    """
    line, column, shown = _place(text, position)
    shown = shown if column <= len(shown) else ""
    return ReadError(f"not a text: {what}", source=source, line=line, column=column, line_text=shown, way_out=way_out)


def _surrogates(text: str) -> tuple[tuple[str, str], ...]:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return ((text[error.start], "half of a surrogate pair"),)
    return ()


def _place(text: str, position: int) -> tuple[int, int, str]:
    end = line_break(text)
    begin = text.rfind(end, 0, position) + 1
    return text.count(end, 0, position) + 1, position - begin + 1, text[begin : begin + _SHOWN].split(end)[0]
