"""Words of somebody in texts, addresses, options and configurations: no command lets them act, on stdout or stderr."""

from __future__ import annotations

import ast
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from archdiff import cli
from archdiff.report import names
from injections import WORDS, acts

_SAMPLE = WORDS[::5]
_PRINT = """\
Net(
  ({name}): Linear(in_features=4, out_features=3, bias=True)
  (b): {class_name}({setting}=0.5)
  (c): Dropout(p={value}, inplace=False)
)
"""
_PLACES = ("name", "class_name", "setting", "value")
_RECIPE = "\nSGD (\nParameter Group 0\n    lr: 0.1\n    note: {}\n)\n"


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """The command in this process: its exit code and what it wrote, with nothing in it that acts."""
    monkeypatch.chdir(tmp_path)

    def go(*arguments: str, annotations: bool = False) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["archdiff", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        done = capsys.readouterr()
        assert end.value.code in (0, 1, 2), arguments
        assert "Traceback" not in done.err, done.err
        assert acts(done.out, annotations) == [], arguments
        assert acts(done.err) == [], arguments
        return int(end.value.code), done.out

    return go


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _texts(folder: Path, word: str) -> int:
    """Notes that hold the word in one place each, and one that holds it nowhere; how many there are."""
    usual = {"name": "a", "class_name": "Thing", "setting": "q", "value": "0.1"}
    for number, place in enumerate(_PLACES):
        print_ = _PRINT.format(**{**usual, place: word})
        _write(folder / f"{number}.md", f"# {word}\n\n```\n{print_}```\n{_RECIPE.format(word)}")
    _write(folder / "plain.txt", _PRINT.format(**usual))
    return len(_PLACES)


_CLASSES = [pytest.param(_SAMPLE[start::4], id=f"words {start}") for start in range(4)]


@pytest.mark.parametrize("words", _CLASSES)
def test_texts(run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...]) -> None:
    formats = names()
    for index, word in enumerate(words):
        for number in range(_texts(tmp_path, word)):
            note = f"{number}.md"
            format_name = formats[(index + number) % len(formats)]
            run("compare", note, "plain.txt", "--format", format_name, annotations=format_name == "github")
            run("compare", "plain.txt", note, "--ignore", "AD401")
            run("show", note, "--format", ("json", "terminal")[index % 2])
            _program(*run("source", note))
        for format_name in ("json", "terminal", "python"):
            code, out = run("keys", "0.md", "plain.txt", "--format", format_name)
            if format_name == "python":
                _program(code, out)
        run("match", "0.md", ".", "--format", ("json", "terminal")[index % 2])


def _program(code: int, text: str) -> None:
    """Nothing that somebody wrote is code."""
    if code < 2:
        seen = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
        assert "abort" not in seen


@pytest.mark.parametrize("words", _CLASSES)
def test_arguments(run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...]) -> None:
    _texts(tmp_path, "a")
    for word in words:
        if not _may_be_given(word):
            continue
        for arguments in (
            ("compare", f"x{word}", "plain.txt"),
            ("compare", f"0.md#x{word}", "plain.txt"),
            ("compare", "0.md", "plain.txt", f"--select=x{word}"),
            ("compare", "0.md", "plain.txt", f"--format=x{word}"),
            ("compare", "0.md", "plain.txt", f"--output-file=json=none/{word}"),
            ("compare", "0.md", "plain.txt", f"--x{word}"),
            ("compare", "0.md", "plain.txt", f"--input-shape=x{word}"),
            ("source", "0.md", f"--set=x{word}=1"),
            ("rule", f"x{word}"),
            ("match", "0.md", f"x{word}"),
            ("check", f"--config=x{word}"),
            ("bench", f"x{word}", "plain.txt"),
        ):
            assert run(*arguments)[0] == 2, arguments


@pytest.mark.parametrize("words", _CLASSES)
def test_configurations(run: Callable[..., tuple[int, str]], tmp_path: Path, words: tuple[str, ...]) -> None:
    for index, word in enumerate(words):
        _texts(tmp_path, "a")
        if "\0" not in word and "/" not in word:
            _write(tmp_path / "plain.txt", f"# archdiff: ignore[AD104] {word}\n{_PRINT}")
            _write(tmp_path / f"{word.encode('utf-8', 'replace').decode()}.txt", _PRINT.format_map(_Same()))
        quoted = json.dumps(word.encode("utf-8", "replace").decode())
        for text in (
            f'[[pairs]]\nname = {quoted}\ncandidate = "0.md"\nreference = "plain.txt"\n'
            f'ignore = [{{rule = "AD301", reason = {quoted}}}, {{path = {quoted}, reason = "x"}}]\n',
            f'[[pairs]]\ncandidate = {quoted[:-1]}.txt"\nreference = "0.md"\n',
            f"select = [{quoted}]\n",
            f"{quoted} = 1\n",
            f"x = {word}\n",
        ):
            _write(tmp_path / "archdiff.toml", text)
            format_name = names()[index % len(names())]
            run("check", "--format", format_name, annotations=format_name == "github")
        run("check")


def _may_be_given(word: str) -> bool:
    """Whether a shell can give it to a command: as bytes."""
    try:
        os.fsencode(word)
    except UnicodeEncodeError:
        return False
    return True


class _Same(dict[str, str]):
    """A print in which each place holds its own name."""

    def __missing__(self, key: str) -> str:
        return key
