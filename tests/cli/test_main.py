"""The command: exit codes, options and where they come from, standard input, colour, and nothing but clear errors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archdiff import __version__
from archdiff.model.effects import Effect
from cli.command import MINE, NETWORKS, NOTE, SMALL, SPARSE, SRC, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in NETWORKS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "binary.bin").write_bytes(bytes(range(256)))
    return tmp_path


@pytest.mark.parametrize(
    ("reference", "options", "code"),
    [
        ("same.txt", [], 0),
        ("same.txt", ["--fail-on", "cosmetic"], 0),
        ("inplace.txt", [], 0),
        ("inplace.txt", ["--fail-on", "cosmetic"], 1),
        ("inplace.txt", ["--fail-on", "equivalent"], 0),
        ("dropout.txt", [], 1),
        ("dropout.txt", ["--fail-on", "training"], 1),
        ("dropout.txt", ["--fail-on", "inference"], 0),
        ("wide.txt", [], 1),
        ("wide.txt", ["--fail-on", "function"], 1),
        ("wide.txt", ["--format", "json"], 1),
        ("wide.txt", ["--all"], 1),
    ],
)
def test_exit_code(folder: Path, reference: str, options: list[str], code: int) -> None:
    done = run("compare", "mine.txt", reference, *options, cwd=folder)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout


@pytest.mark.parametrize(
    ("pair", "options", "code", "head"),
    [
        (
            ("scale.txt", "pooled.txt"),
            [],
            1,
            "unknown: ",
        ),
        (("scale.txt", "pooled.txt"), ["--fail-on", "function"], 1, "unknown: "),
        (("scale.txt", "pooled.txt"), ["--unknown", "fail"], 1, "unknown: "),
        (("scale.txt", "pooled.txt"), ["--unknown", "pass"], 0, "unknown: "),
        (("scale.txt", "pooled.txt"), ["--unknown", "pass", "--ignore", "AD4"], 0, "unknown: "),
        (("scale.txt", "pooled.txt"), ["--unknown", "pass", "--strict=AD101"], 1, "unknown: "),
        (("softmax.txt", "old.txt"), [], 0, "identical: nothing that is printed differs, as far as a print tells: 1"),
        (("softmax.txt", "old.txt"), ["--fail-on", "cosmetic"], 0, "identical: "),
        (("softmax.txt", "old.txt"), ["--strict"], 1, "identical: "),
        (("softmax.txt", "old.txt"), ["--strict=dim"], 1, "identical: "),
        (("softmax.txt", "old.txt"), ["--strict=num_heads,AD701", "--unknown", "pass"], 1, "identical: "),
        (("softmax.txt", "old.txt"), ["--strict=num_heads"], 0, "identical: "),
        (
            ("softmax.txt", "old.txt"),
            ["--strict", "--ignore", "AD7"],
            0,
            "identical: nothing that is printed differs, as far",
        ),
        (("mine.txt", "wide.txt"), ["--unknown", "pass"], 1, "function: "),
        (("mine.txt", "same.txt"), ["--strict"], 0, "identical: nothing that is printed differs\n"),
    ],
)
def test_what_is_not_known_and_the_exit_code(
    folder: Path, pair: tuple[str, str], options: list[str], code: int, head: str
) -> None:
    for sides in (pair, pair[::-1]):
        done = run("compare", *sides, *options, cwd=folder)
        assert (done.returncode, done.stderr) == (code, "")
        assert " ".join(done.stdout.split()).startswith(" ".join(head.split()))


@pytest.mark.parametrize(
    ("environment", "code"), [({"ARCHDIFF_UNKNOWN": "pass"}, 0), ({"ARCHDIFF_UNKNOWN": ""}, 1), ({}, 1)]
)
def test_unknown_by_environment(folder: Path, environment: dict[str, str], code: int) -> None:
    asked = ["compare", "scale.txt", "pooled.txt"]
    assert run(*asked, cwd=folder, **environment).returncode == code
    assert run(*asked, "--unknown", "fail", cwd=folder, **environment).returncode == 1


@pytest.mark.parametrize(("word", "code"), [("all", 1), ("dim", 1), ("num_heads", 0), ("num_heads,AD7", 1), ("", 0)])
def test_strict_by_environment(folder: Path, word: str, code: int) -> None:
    assert run("compare", "softmax.txt", "old.txt", cwd=folder, ARCHDIFF_STRICT=word).returncode == code


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare", "mine.txt", "same.txt", "--unknown", "maybe"], "one of fail, pass"),
        (["compare", "mine.txt", "same.txt", "--strict=AD999"], "--strict AD999: no such rule"),
        (["compare", "mine.txt", "same.txt", "--strict", "num_heads"], "num_heads"),
        (["compare", "mine.txt", "none.txt"], "none.txt"),
        (["compare", "mine.txt", "empty.txt"], "empty.txt"),
        (["compare", "mine.txt", "prose.txt"], "prose.txt"),
        (["compare", "mine.txt", "cut.txt"], "cut.txt:2"),
        (["compare", "mine.txt", "binary.bin"], "binary.bin"),
        (["compare", "mine.txt", "."], "."),
        (["compare", "mine.txt", "same.txt#Nobody"], "Nobody"),
        (["compare", "mine.txt", NOTE], "Mine"),
        (["compare", "mine.txt", f"{NOTE}#9"], "9"),
        (["compare", "-", "-"], "standard input"),
        (["compare", "mine.txt", "same.txt", "--fail-on", "nothing"], "one of cosmetic, equivalent, state"),
        (["compare", "mine.txt", "same.txt", "--fail-on", "unknown"], "one of cosmetic"),
        (["compare", "mine.txt", "same.txt", "--format", "xml"], "one of concise, "),
        (["compare", "mine.txt", "same.txt", "--color", "blue"], "one of auto, always, never"),
        (["compare", "mine.txt", "same.txt", "--input-shape", "1,,32"], "1,32,32"),
        (["compare", "mine.txt", "same.txt", "--input-shape", "0"], "1,32,32"),
        (["compare", "mine.txt", "same.txt", "--input-shape", "-3"], "1,32,32"),
        (["compare", "mine.txt", "same.txt", "--input-shape", "²"], "1,32,32"),
        (["compare", "mine.txt", "same.txt", "--max-findings", "many"], "a whole number"),
        (["compare", "mine.txt", "same.txt", "--context", "-1"], "a whole number"),
        (["compare", "mine.txt", "same.txt", "--colour", "always"], "--color"),
        (["compare", "mine.txt"], "REFERENCE"),
        (["compare"], "CANDIDATE"),
        (["show", "none.txt"], "none.txt"),
        (["show", "mine.txt", "--input-shape", "5"], "5"),
        (["rule", "AD999"], "did you mean AD911?"),
        (["compair"], "compair"),
    ],
)
def test_a_question_without_an_answer(folder: Path, arguments: list[str], told: str) -> None:
    done = run(*arguments, cwd=folder)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "rror: " in done.stderr
    assert told in done.stderr


def test_what_the_environment_says_holds_until_an_option_says_otherwise(folder: Path) -> None:
    asked = ["compare", "mine.txt", "dropout.txt"]
    assert run(*asked, cwd=folder, ARCHDIFF_FAIL_ON="function").returncode == 0
    assert run(*asked, "--fail-on", "init", cwd=folder, ARCHDIFF_FAIL_ON="function").returncode == 1
    assert run(*asked, cwd=folder, ARCHDIFF_FAIL_ON="nothing").returncode == 2
    assert json.loads(run(*asked, cwd=folder, ARCHDIFF_FORMAT="json").stdout)["verdict"] == "training"
    for word, folded in {"1": False, "true": False, "0": True, "": True}.items():
        assert ("2 0 Linear" not in run(*asked, cwd=folder, ARCHDIFF_ALL=word).stdout) is folded
    assert "\x1b[" in run(*asked, cwd=folder, ARCHDIFF_COLOR="always").stdout


@pytest.mark.parametrize("side", [0, 1])
def test_standard_input(folder: Path, side: int) -> None:
    addresses = ["wide.txt", "wide.txt"]
    addresses[side] = "-"
    assert run("compare", *addresses, cwd=folder, stdin=SMALL).returncode == 1
    assert run("compare", *addresses, cwd=folder, stdin=NETWORKS["wide.txt"]).returncode == 0
    assert run("compare", *addresses, cwd=folder).returncode == 2


def test_two_networks_of_one_standard_input() -> None:
    text = Path(NOTE).read_text()
    done = run("compare", "--", "-#Mine", "-#Original Sparse", stdin=text)
    assert done.returncode == 1
    assert done.stdout.startswith("function: ")


def test_colour_by_environment(folder: Path) -> None:
    asked = ["compare", "mine.txt", "wide.txt"]
    assert "\x1b[" not in run(*asked, cwd=folder).stdout
    assert "\x1b[" in run(*asked, cwd=folder, FORCE_COLOR="1").stdout
    assert "\x1b[" not in run(*asked, "--color", "never", cwd=folder, FORCE_COLOR="1").stdout


@pytest.mark.skipif(os.name == "nt", reason="pipes of a POSIX shell")
@pytest.mark.parametrize("reference", [SPARSE, MINE])
def test_a_reader_that_has_seen_enough(reference: str) -> None:
    """`| head -1`: no complaint, and the exit code is still that of the comparison."""
    quiet = run("compare", MINE, reference, "--all")
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "archdiff", "compare", MINE, reference, "--all"],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env={**os.environ, "PYTHONPATH": SRC},
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (quiet.returncode, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "archdiff", "compare", MINE, SPARSE]
        environment = {**os.environ, "PYTHONPATH": SRC}
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert done.returncode == 2
    assert done.stderr.startswith("error: the report cannot be written: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="redirections of a POSIX shell")
@pytest.mark.parametrize(("closed", "code"), [("<&-", 2), (">&-", 2), (">&- 2>&-", 2)])
def test_closed_streams(folder: Path, closed: str, code: int) -> None:
    side = "-" if "<" in closed else "same.txt"
    command = f'"{sys.executable}" -m archdiff compare {side} mine.txt {closed}'
    environment = {**os.environ, "PYTHONPATH": SRC}
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_a_byte_order_mark_and_bytes_that_are_no_text(folder: Path) -> None:
    assert run("compare", "-", "mine.txt", cwd=folder, stdin="\ufeff" + SMALL).returncode == 0
    done = run("compare", "mine.txt", "same.txt#\x1b[31m", cwd=folder)
    assert done.returncode == 2
    assert "\x1b" not in done.stderr


def test_a_locale_without_the_characters(folder: Path) -> None:
    (folder / "名.txt").write_text(NETWORKS["wide.txt"], encoding="utf-8")
    done = run("compare", "mine.txt", "名.txt", cwd=folder, PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert done.returncode == 1
    assert "\\u540d.txt" in done.stdout


def test_show_one_network() -> None:
    done = run("show", MINE)
    assert done.returncode == 0
    assert "cnn1_kwinner" in done.stdout
    assert "1,717,140" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "variable"), [(["--facts"], ""), ([], "yes")], ids=["as an option", "by the environment"]
)
def test_fact_sheets_where_they_are_wanted(arguments: list[str], variable: str) -> None:
    for command in (["show", f"{NOTE}#Mine"], ["compare", f"{NOTE}#Mine", f"{NOTE}#SuperSparse"]):
        assert "k 4,767 of 50,176" not in run(*command).stdout
        assert "k 4,767 of 50,176" in run(*command, *arguments, ARCHDIFF_FACTS=variable).stdout


def test_show_what_a_file_holds() -> None:
    done = run("show", NOTE)
    assert done.returncode == 0
    assert [line[0] for line in done.stdout.splitlines()[2:]] == ["1", "2", "3", "4"]
    assert len(json.loads(run("show", NOTE, "--format", "json").stdout)["networks"]) == 4


def test_version() -> None:
    assert run("--version").stdout == f"archdiff {__version__}\n"


@pytest.mark.parametrize("command", [[], ["compare"], ["show"], ["rule"], ["source"], ["check"], ["match"]])
def test_help_fits_and_gives_an_example(command: list[str]) -> None:
    done = run(*command, "--help")
    assert done.returncode == 0
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert not command or f"  archdiff {command[0]} " in done.stdout


def test_every_effect_may_be_asked_for(folder: Path) -> None:
    for effect in Effect:
        if effect is not Effect.UNKNOWN:
            assert run("compare", "mine.txt", "same.txt", "--fail-on", effect.word, cwd=folder).returncode == 0
