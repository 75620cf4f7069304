"""A file, or standard input, as text; and the spec that may stand beside it. Bounds size before anything is read.

Must not know what a network looks like.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.model.errors import ReadError, UsageError
from archdiff.parse._encoding import Guess, decoded
from archdiff.parse._format import MAX_BYTES, MAX_LINE, line_break

if TYPE_CHECKING:
    from archdiff.parse import toml

STDIN: Final = "<stdin>"
SHIPPED: Final = "ref:"  # begins the name of a published network that comes with the package
GIT: Final = "git:"  # begins the name of a file in the history of a repository: `_git` says more
_LFS = "version https://git-lfs.github.com/spec/"
_SHOWN = 120  # characters of an offending line that an error carries

_WAY_OUT = "give a text file that holds what print(model) writes"


class Text(NamedTuple):
    """What a path holds, and what of it was guessed, which nothing that is compared may rest on."""

    source: str
    text: str
    guess: Guess | None = None


def read_text(path: str, stdin: str | None) -> Text:
    """The text of a path; "-" is standard input, whose bytes that are not UTF-8 `stdin` holds escaped."""
    if path == "-":
        if stdin is None:
            raise UsageError("nothing came on standard input", way_out="pipe what print(model) writes")
        return _read(STDIN, *_of_stdin(stdin))
    return _read(path, *decoded(path, _bytes(_located(path))))


def _read(source: str, text: str, guess: Guess | None) -> Text:
    return Text(source, checked(source, text), guess)


def _of_stdin(stdin: str) -> tuple[str, Guess | None]:
    if stdin.isascii() and "\0" not in stdin:
        return stdin, None
    try:
        data = stdin.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which came as text
        return stdin, None
    return decoded(STDIN, data)


def may_hold(path: str, word: str, stdin: str | None) -> bool:
    """Whether the text may hold a word; cheap, because its bytes are not made text unless they are of wider letters."""
    if path == "-":
        return word in (stdin or "") or "\0" in (stdin or "")
    data = _bytes(_located(path))
    return word.encode() in data or b"\0" in data


def read_input_shape(path: str) -> tuple[int, ...] | None:
    """`input_shape` of the spec `X.toml` beside `X.txt`, where there is one."""
    spec = spec_beside(path)
    if not spec:
        return None
    document = read_spec(spec)
    shape = document.values.get("input_shape")
    if shape is None:
        return None
    if not isinstance(shape, list) or not shape or not all(type(size) is int and size > 0 for size in shape):
        message = f"input_shape is {shape!r}, not a list of positive whole numbers"
        raise document.error(message, ("input_shape",), "without the batch: input_shape = [1, 32, 32]")
    return tuple(shape)


def read_spec(path: str) -> toml.Document:
    """What a spec says; ReadError where it is not TOML."""
    from archdiff.parse import toml  # only here: most files have no spec beside them

    return toml.parse(checked(path, decoded(path, _bytes(path), strict=True)[0]), path)


def spec_beside(path: str) -> str:
    """`X.toml` beside `X.txt`; "" where there is none."""
    file = _located(path)
    spec = os.path.splitext(file)[0] + ".toml"
    if _is_in_git(path):
        from archdiff.parse import _git

        return spec if spec != file and _git.exists(spec) else ""
    return "" if path == "-" or spec == file or not os.path.isfile(spec) else spec


def _is_in_git(path: str) -> bool:
    """Whether it is `git:REVISION:PATH`; a file that is called so wins."""
    if not path.startswith(GIT) or os.path.exists(path):
        return False
    from archdiff.parse import _git

    return _git.is_address(path)


def is_elsewhere(address: str) -> bool:
    """Whether it names a text that is not in a folder: a shipped network, or a file in the history of a repository."""
    return address.startswith(SHIPPED) or _is_in_git(address)


def from_folder(address: str, folder: str) -> str:
    """An address of what is elsewhere, written in this folder, as one writes it in the working directory."""
    if not _is_in_git(address):
        return address
    from archdiff.parse import _git

    return _git.from_folder(address, folder)


def _located(path: str) -> str:
    if not path.startswith(SHIPPED) or os.path.exists(path):
        return path
    from archdiff.parse._shipped import located

    return located(path.removeprefix(SHIPPED))


def _bytes(path: str) -> bytes:
    if _is_in_git(path):
        from archdiff.parse import _git

        return _git.contents(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise UsageError("is a directory", source=path, way_out=_WAY_OUT)
        if status.st_size > MAX_BYTES:
            raise _too_large(path)
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)  # a pipe or a device has no size
    except FileNotFoundError:
        raise UsageError("no such file", source=path, way_out=_similar(path)) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UsageError(f"cannot be read: {reason}", source=path) from None
    if len(data) > MAX_BYTES:
        raise _too_large(path)
    return data


def _too_large(path: str) -> ReadError:
    message = f"larger than {MAX_BYTES // 1_000_000} MB"
    return ReadError(message, source=path, way_out="cut the part with the printed model out of it")


def _similar(path: str) -> str:
    folder = os.path.dirname(path) or "."
    try:
        names = os.listdir(folder)[:1_000]
    except OSError:
        return ""
    from difflib import get_close_matches  # only for this error

    near = get_close_matches(os.path.basename(path), names, 1)
    return f"did you mean {os.path.join(os.path.dirname(path), near[0])}?" if near else ""


def checked(source: str, text: str) -> str:
    """The text, if it is text, in lines of bearable length.

    Raises:
        ReadError: Where it is not.
    """
    if len(text) > MAX_BYTES:
        raise _too_large(source)
    for bad, what in (("\0", "a NUL byte"), *(_surrogates(text))):
        if bad in text:
            line, column, shown = _place(text, text.index(bad))
            raise _no_text(source, line, column, shown, what)
    if not text.strip():
        raise ReadError("empty", source=source, way_out=_WAY_OUT)
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
            raise ReadError(message, source=source, line=line, column=1, line_text=shown, way_out=_WAY_OUT)
        begin = end + 1
    return text


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


def _no_text(source: str, line: int, column: int, shown: str, what: str) -> ReadError:
    shown = shown if column <= len(shown) else ""
    return ReadError(f"not a text: {what}", source=source, line=line, column=column, line_text=shown, way_out=_WAY_OUT)
