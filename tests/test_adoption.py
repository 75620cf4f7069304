"""What others copy: commands in docs, action and hook exist, and the examples of docs/ci.md work as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archdiff import parse
from archdiff.policy import claims, config
from cli.test_cli import run

ROOT = Path(__file__).parent.parent
FILES = ("docs/ci.md", "action.yml", ".pre-commit-hooks.yaml", "reference_specs/README.md")


def commands() -> set[tuple[str, str]]:
    """(command, option) of every `archdiff COMMAND ... --option` in these files."""
    found = set()
    for file in FILES:
        for line in (ROOT / file).read_text().splitlines():
            for command, rest in re.findall(r"archdiff[\"`]* (check|match|compare|show|rule)\b([^`#]*)", line):
                found |= {(command, option) for option in re.findall(r"--[a-z-]+", rest)} | {(command, "--help")}
    return found


def test_every_option_that_is_named_exists() -> None:
    named = commands()
    assert {("check", "--update"), ("check", "--output-file"), ("check", "--format"), ("match", "--help")} <= named
    for command in sorted({command for command, _ in named}):
        told = run(command, "--help").stdout
        assert [option for name, option in named if name == command and option not in told] == []


def test_the_examples_of_the_configuration_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.S)
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()  # a configuration extends what is in its repository
    (tmp_path / "archdiff-base.toml").write_text("")
    monkeypatch.chdir(tmp_path / "inner")
    for text in (first, second):
        Path("archdiff.toml").write_text(text)
        read = config.read("archdiff.toml")
        assert [*read.problems, *(pair.problem for pair in read.pairs if pair.problem)] == []
        assert len(read.pairs) == 1


def test_the_environment_of_the_action_may_be_empty() -> None:
    done = run("check", "--format", "concise", cwd=ROOT, ARCHDIFF_CONFIG="", ARCHDIFF_FAIL_ON="")
    assert (done.returncode, done.stdout) == (0, "")


def test_this_repository_passes_its_own_check() -> None:
    done = run("check", cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    pairs = len(parse.shipped())
    assert done.stdout.endswith(f"{pairs} pairs: {pairs} passed, 0 failed\n")


def test_that_it_could_fail(tmp_path: Path) -> None:
    text = (ROOT / "archdiff.toml").read_text()
    without, number = re.subn(r"ignore = \[\n.*?\n\]\n", "", text, flags=re.S)
    assert number >= 3
    (tmp_path / "archdiff.toml").write_text(without)
    done = run("check", "--format", "concise", cwd=tmp_path)
    assert done.returncode == 1
    told = [line.partition(" ")[2].partition(" for ")[0] for line in done.stdout.splitlines() if "how_so_dense" in line]
    assert told == [
        "AD001 unknown Table 3 of the paper prints 64",
        "AD001 unknown Table 3 of the paper prints 9.5 %",
        "AD001 unknown Table 3 of the paper prints 9.5 %",
    ]


def test_the_example_of_claims_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "reference_specs/README.md").read_text(), re.S)
    (tmp_path / "x.toml").write_text(text)
    assert [claim.printed for claim in claims.read(str(tmp_path / "x.toml"))] == ["64", "9.5 %"]


def test_every_quantity_is_documented() -> None:
    told = (ROOT / "reference_specs/README.md").read_text()
    assert [name for name in claims._QUANTITIES if f"`{name}`" not in told] == []
