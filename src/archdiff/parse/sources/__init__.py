"""Where text comes from: a file, standard input, a shipped network, a file in the history of a repository.

What is read is bounded in size before it is read, and is text before it is given away. Live modules
(`package.module:factory`) are named here and made in `execute`. Must not know what a network looks like.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.model import files
from archdiff.model.errors import UsageError
from archdiff.model.facts import is_shape
from archdiff.parse.lines import MAX_BYTES
from archdiff.parse.sources.address import SHIPPED, STDIN, is_in_git
from archdiff.parse.sources.encoding import Guess, decoded
from archdiff.parse.sources.shipped import located
from archdiff.parse.sources.text import LESS, checked

if TYPE_CHECKING:
    from archdiff.parse import toml


class SourceText(NamedTuple):
    """All that was opened for one address.

    Args:
        name: what messages call it.
        text: all of it.
        guess: what of the text was guessed, which nothing that is compared may rest on.
        spec: the name and the bytes of the spec `X.toml` beside `X.txt`; None where there is none.
    """

    name: str
    text: str
    guess: Guess | None = None
    spec: tuple[str, bytes] | None = None


def open_source(path: str, stdin: str | None = None) -> SourceText:
    """The text of a source and the spec beside it, each opened once.

    Args:
        path: an address without its selector.
        stdin: what came on standard input, bytes that are not UTF-8 escaped; None: nothing.

    Raises:
        UsageError: there is no such source, or it cannot be opened.
        ReadError: it is no text, or too large.
    """
    if path == STDIN:
        if stdin is None:
            raise UsageError("nothing came on standard input", way_out="pipe what print(model) writes")
        text, guess = _of_stdin(stdin)
        return SourceText(_STDIN_NAME, checked(_STDIN_NAME, text), guess)
    text, guess = decoded(path, _contents(_located(path)))
    spec = spec_beside(path)
    return SourceText(path, checked(path, text), guess, (spec, _contents(spec)) if spec else None)


_STDIN_NAME: Final = "<stdin>"


def _of_stdin(stdin: str) -> tuple[str, Guess | None]:
    if stdin.isascii() and "\0" not in stdin:
        return stdin, None
    try:
        data = stdin.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which came as text
        return stdin, None
    return decoded(_STDIN_NAME, data)


def read_spec(source: SourceText) -> toml.TomlFile | None:
    """The spec beside a source; None where there is none.

    Raises:
        ReadError: it is not TOML.
    """
    if source.spec is None:
        return None
    from archdiff.parse import toml  # only here: most files have no spec beside them

    name, data = source.spec
    return toml.decoded(data, name)


def input_shape(spec: toml.TomlFile) -> tuple[int, ...] | None:
    """The `input_shape` of a spec, without the batch; None where it gives none.

    Raises:
        ReadError: it is no shape.
    """
    shape = spec.values.get("input_shape")
    if shape is None:
        return None
    if not is_shape(shape):
        message = f"input_shape is {shape!r}, not a list of positive whole numbers"
        raise spec.error(message, ("input_shape",), "without the batch: input_shape = [1, 32, 32]")
    return tuple(shape)


def spec_beside(path: str) -> str:
    """The address of the spec `X.toml` beside `X.txt`; "" where there is none."""
    file = _located(path)
    name = os.path.splitext(file)[0] + ".toml"
    return name if path != STDIN and name != file and _is_file(name) else ""


def _is_file(path: str) -> bool:
    if not is_in_git(path):
        return os.path.isfile(path)
    from archdiff.parse.sources import git

    return git.is_file(path)


def _located(path: str) -> str:
    """The file of a shipped network; every other address as it is."""
    if not path.startswith(SHIPPED) or os.path.exists(path):
        return path
    return located(path.removeprefix(SHIPPED))


def _contents(path: str) -> bytes:
    if is_in_git(path):
        from archdiff.parse.sources import git

        return git.contents(path)
    return files.read(path, MAX_BYTES, LESS)
