"""The pages hold: every command prints what the page shows, every link has its target, every file that is named exists.

`ARCHDIFF_UPDATE_GOLDENS=1` writes the output of the commands anew; read the difference before it is committed.
"""

from __future__ import annotations

import doctest
import functools
import importlib.util
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any, NamedTuple

import pytest

from archdiff import commands, report
from archdiff.model import catalogue
from cli.command import run
from known import known

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PAPERS = sorted((ROOT / "reference_specs").glob("*/README.md"))
MARKDOWN = [
    *PAGES,
    *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "reference_specs/README.md")),
    *PAPERS,
]

_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
_COMMAND = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _hooks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hooks", ROOT / "docs" / "hooks.py")
    module = importlib.util.module_from_spec(known(spec))
    known(known(spec).loader).exec_module(module)
    return module


# Commands


@pytest.mark.parametrize("page", [each for each in PAGES if "```console\n" in each.read_text()], ids=_name)
def test_every_command_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    """Blocks with a title are files of a folder, in which the commands run one after the other."""
    shutil.copytree(ROOT / "tests" / "data", tmp_path / "tests" / "data")
    shutil.copytree(ROOT / "reference_specs", tmp_path / "reference_specs")
    if 'title="src/' in page.read_text():
        shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shell = Shell(tmp_path)

    def block(found: re.Match[str]) -> str:
        language, title, text = found.groups()
        if title:
            (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / title).write_text(text)
        if language != "console":
            return found[0]
        printed = _COMMAND.sub(lambda each: f"$ {each[1]}\n{shell.run(each[1])}", text)
        return found[0].replace(text, printed)

    text = page.read_text()
    now = _BLOCK.sub(block, text)
    assert "Traceback" not in now
    if os.environ.get("ARCHDIFF_UPDATE_GOLDENS"):
        page.write_text(now)
    else:
        assert now == text


class Shell:
    """Runs commands one after the other, each knowing how the one before ended (`echo $?`)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.code = folder, 0
        commands = folder / ".bin"
        commands.mkdir()
        for name, arguments in (("archdiff", "-m archdiff"), ("python", "")):
            (commands / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
            (commands / name).chmod(0o755)
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("ARCHDIFF_", "GITHUB_", "FORCE_COLOR"))
        }
        source = os.pathsep.join(["src", str(ROOT / "src"), "."])
        path = f"{commands}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, "PATH": path, "PYTHONPATH": source, "COLUMNS": "80", "NO_COLOR": "1"}

    def run(self, command: str) -> str:
        """What it prints, errors among it."""
        line = f"(exit {self.code}); {command}"
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,  # of a machine that does other things too
        )
        self.code = done.returncode
        return done.stdout


# Links and names


@pytest.mark.parametrize("page", MARKDOWN, ids=_name)
def test_every_link_has_its_target(page: Path) -> None:
    broken = [target for target in _links(page) if not _is_there(page, target)]
    assert broken == []


def _links(page: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", _CODE.sub("", page.read_text()))
    return [target for target in found if not re.match(r"https?://|mailto:", target)]


def _is_there(page: Path, target: str) -> bool:
    name, _, anchor = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    return file.exists() and (not anchor or anchor in _anchors(file))


def _anchors(file: Path) -> list[str]:
    """Of the headings, as GitHub and mkdocs make them."""
    headings = re.findall(r"^#+ (.*)$", file.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("ci.md", True),
        ("ci.md#what-a-check-executes-and-what-it-reads", True),
        ("../README.md", True),
        ("ci.md#nothing", False),
        ("nothing.md", False),
    ],
)
def test_that_a_broken_link_is_found(target: str, there: bool) -> None:
    assert _is_there(ROOT / "docs" / "git.md", target) is there


_FILE = re.compile(r"^[\w./-]+\.(?:py|toml|md|yml|yaml|txt)$|^[\w.-]+(?:/[\w.-]+)+/?$|^[\w.-]+/$")


def _files(page: Path) -> Iterator[str]:
    """What a page names as files or folders of this repository: `tests/...`, `diff/align.py`, `semantics/kinds/`."""
    for code in re.findall(
        r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    ):
        first = code.partition("/")[0]
        if _FILE.match(code) and (first in ROOMS or first in TOP) and "<" not in code:
            yield code


SOURCE = ROOT / "src" / "archdiff"
ROOMS = {path.name for path in SOURCE.iterdir() if path.suffix in ("", ".py") and not path.name.startswith("_")}
TOP = {
    "tests",
    "benchmarks",
    "docs",
    "src",
    "reference_specs",
    "constraints.txt",
    "without-torch.txt",
    "mkdocs.yml",
    "action.yml",
}


@pytest.mark.parametrize("page", MARKDOWN, ids=_name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    assert [name for name in _files(page) if not ((ROOT / name).exists() or (SOURCE / name).exists())] == []


def test_files_that_are_named_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("`tests/x.py` `diff/none.py` `semantics/kinds/` `a/b` `compare/<name>.py` `--run` `mine.txt`\n")
    assert list(_files(page)) == ["tests/x.py", "diff/none.py", "semantics/kinds/"]


@pytest.mark.parametrize("command", ["compare", "show", "check", "match", "source", "keys", "bench", "git-driver"])
def test_every_option_is_documented(command: str) -> None:
    options = set(re.findall(r"--[a-z][a-z-]+", run(command, "--help").stdout)) - {"--help"}
    pages = "".join(page.read_text() for page in PAGES)
    assert options
    assert sorted(option for option in options if not re.search(rf"{option}\b", pages)) == []


# What is made while the site is built


@pytest.mark.parametrize(
    ("site", "markdown", "made"),
    [
        ("tutorial.md", "[a](ci.md) [b](../README.md#x)", "[a](ci.md) [b](index.md#x)"),
        ("index.md", "[a](docs/ci.md) [b](CONTRIBUTING.md)", "[a](ci.md) [b](CONTRIBUTING.md)"),
        ("ci.md", "[a](../reference_specs/README.md)", "[a](reference_specs/README.md)"),
        ("reference_specs/README.md", "[a](../docs/ci.md)", "[a](../ci.md)"),
        ("rules/index.md", "[a](AD101.md)", "[a](AD101.md)"),
        ("ci.md", "[a](https://x.org/a.md)", "[a](https://x.org/a.md)"),
        ("index.md", "![a](docs/pictures/a.webp)", "![a](pictures/a.webp)"),
        ("look.md", "![a](pictures/a.webp)", "![a](pictures/a.webp)"),
    ],
)
def test_links_of_the_repository_become_links_of_the_site(site: str, markdown: str, made: str) -> None:
    assert _hooks().with_links_of_the_site(markdown, site) == made


@pytest.mark.parametrize(
    ("site", "markdown", "made"),
    [
        ("ci.md", "see AD101.", "see [AD101](rules/AD101.md)."),
        ("rules/AD101.md", "AD101 and AD107", "AD101 and [AD107](AD107.md)"),
        ("ci.md", "`AD101` AD999 AD1011", "`AD101` AD999 AD1011"),
        ("ci.md", "```text\nAD101\n```\nAD101\n", "```text\nAD101\n```\n[AD101](rules/AD101.md)\n"),
        ("ci.md", "# AD101\n\n    AD101\n\n[AD101](x.md)\n", "# AD101\n\n    AD101\n\n[AD101](x.md)\n"),
    ],
)
def test_a_rule_id_becomes_a_link(site: str, markdown: str, made: str) -> None:
    assert _hooks().with_rules_linked(markdown, site) == made


@pytest.mark.parametrize("entry", catalogue.ENTRIES, ids=lambda entry: entry.id)
def test_the_page_of_a_rule_is_what_the_command_prints(entry: catalogue.RuleInfo) -> None:
    page = re.sub(r"^## (.*)\n\n", r"\1: ", _hooks().rule_page(entry), flags=re.MULTILINE)
    page = page.replace(f"# {entry.id} {entry.name}\n\nOne", f"{entry.id} {entry.name}: one")
    assert page.split() == catalogue.explained(entry, 80).split()
    assert f"| [{entry.id}]({entry.id}.md) | `{entry.name}` |" in _hooks().rules_page()


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="https://x.org">x</a> <script src="js/a.js"></script>', ""),
        (
            '<link rel="stylesheet" href="https://fonts.x.org/a.css">',
            '<link rel="stylesheet" href="https://fonts.x.org/a.css"',
        ),
        ("<script src=//x.org/a.js></script>", "<script src=//x.org/a.js"),
        ('<img src="http://x.org/a.png">', '<img src="http://x.org/a.png"'),
    ],
)
def test_a_request_to_somebody_else_is_found(html: str, found: str) -> None:
    assert _hooks().third_party(html) == found


# How it works


HOW = ROOT / "docs" / "how-it-works.md"


@pytest.fixture
def prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of the page in the working directory."""
    for _, title, text in _BLOCK.findall(HOW.read_text()):
        if title:
            (tmp_path / title).write_text(text)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("prints")
def test_the_values_of_the_walk_are_printed() -> None:
    examples = "".join(text for language, _, text in _BLOCK.findall(HOW.read_text()) if language == "pycon")
    test = doctest.DocTestParser().get_doctest(examples, {}, HOW.name, str(HOW), 0)
    failures: list[str] = []
    assert doctest.DocTestRunner(verbose=False).run(test, out=failures.append).failed == 0, "".join(failures)
    assert test.examples


class Station(NamedTuple):
    """A row of the table: a function, one type that it takes, the one that it gives, its file in the source."""

    function: str
    takes: str
    gives: str
    file: str

    def found(self) -> Callable[..., object]:
        """The function by its dotted name."""
        parts = self.function.split(".")
        for end in range(len(parts), 0, -1):
            with suppress(ModuleNotFoundError):
                found: Any = functools.reduce(getattr, parts[end:], importlib.import_module(".".join(parts[:end])))
                function: Callable[..., object] = found
                return function
        raise AssertionError(self.function)


STATIONS = [
    Station(*row)
    for row in re.findall(r"^\| `(archdiff\..*?)` \| `(.*?)` \| `(.*?)` \| `(.*?)` \|$", HOW.read_text(), re.M)
]


@pytest.mark.parametrize("station", STATIONS, ids=lambda station: station.function)
def test_a_station_has_this_file_and_these_types(station: Station) -> None:
    function = station.found()
    assert Path(known(inspect.getsourcefile(function))).relative_to(SOURCE).as_posix() == station.file
    types = dict(function.__annotations__)
    assert types.pop("return") == station.gives
    owner = function.__qualname__.rpartition(".")[0]  # of a method: what it is called on
    assert station.takes in (*types.values(), owner)


@pytest.mark.usefixtures("prints")
def test_the_stations_stand_in_the_order_of_their_calls() -> None:
    codes = {station.found().__code__: station.function for station in STATIONS}
    called: dict[str, None] = {}

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code in codes:
            called.setdefault(codes[frame.f_code])

    sys.setprofile(profile)
    try:
        outcome = commands.compare(commands.Request("mine.txt", "original.txt"))
        report.find("terminal").compare(outcome, report.View())
    finally:
        sys.setprofile(None)
    assert list(called) == [station.function for station in STATIONS]
    assert len(STATIONS) > 10
