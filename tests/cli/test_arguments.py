"""What a user of git, ruff and pytest tries first: no command, options by environment, a shell's completion."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from archdiff import __version__
from cli.command import NETWORKS, SMALL, run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {**NETWORKS, "mine": SMALL, "mine.txt": SMALL}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


# Without a command


@pytest.mark.parametrize(
    ("arguments", "code", "head"),
    [
        (["mine.txt", "wide.txt"], 1, "function: "),
        (["mine", "same.txt"], 0, "identical: "),
        (["-", "same.txt"], 0, "identical: "),
        (["mine.txt#Sequential", "same.txt", "--format", "concise", "--all"], 0, ""),
        (["--fail-on", "inference", "mine.txt", "dropout.txt"], 0, "training: "),
        (["--", "mine.txt", "wide.txt"], 1, "function: "),
        (["./mine", "dropout.txt", "--strict"], 1, "training: "),
    ],
)
def test_two_networks_are_compared(folder: Path, arguments: list[str], code: int, head: str) -> None:
    done = run(*arguments, cwd=folder, stdin=SMALL)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout == run("compare", *arguments, cwd=folder, stdin=SMALL).stdout
    assert done.stdout.startswith(head)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compair", "mine.txt", "same.txt"], "error: no such command 'compair'\n  help: did you mean compare?\n"),
        (["chek"], "error: no such command 'chek'\n  help: did you mean check?\n"),
        (["zzz"], "or two networks, to compare them\n"),
        (["mine.txt"], "Missing argument 'REFERENCE'"),
        (["mine.txt", "none.txt"], "error: none.txt: no such file"),
        (["nine.txt", "mine.txt"], "error: nine.txt: no such file\n  help: did you mean mine.txt?\n"),
        (["--colour", "always", "mine.txt", "same.txt"], "No such option: --colour"),
        (["--nothing"], "No such option: --nothing"),
        (["mine.txt", "same.txt", "wide.txt"], "unexpected extra argument"),
        (["rule", "AD1001"], "error: no rule 'AD1001'\n  help: did you mean AD101?\n"),
        (["rule", "Layer_Ordr"], "error: no rule 'Layer_Ordr'\n  help: did you mean layer-order?\n"),
        (["rule", "XYZ"], "error: no rule 'XYZ'\n  help: archdiff rule lists them all\n"),
        (["--install-completion", "nosuch"], "error: --install-completion takes no value, and nosuch is one\n"),
        (["--show-completion", "compare"], "error: --show-completion takes no value, and compare is one\n"),
    ],
)
def test_what_is_no_command_and_no_network(folder: Path, arguments: list[str], message: str) -> None:
    done = run(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_command_wins_over_a_file_of_its_name(folder: Path) -> None:
    (folder / "show").write_text(SMALL)
    assert "layers" in run("show", "mine.txt", cwd=folder).stdout
    assert run("./show", "mine.txt", cwd=folder).stdout.startswith("identical: ")


def test_nothing_at_all_gives_the_help() -> None:
    done, asked = run(), run("--help")
    assert (done.returncode, asked.returncode) == (2, 0)
    assert done.stdout + done.stderr == asked.stdout
    assert asked.stdout.startswith("Usage: archdiff ")
    assert "archdiff CANDIDATE REFERENCE is short for archdiff compare" in asked.stdout


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version(option: str) -> None:
    assert run(option).stdout == f"archdiff {__version__}\n"


# By environment


@pytest.mark.parametrize(
    ("environment", "code", "seen"),
    [
        ({"ARCHDIFF_ALL": "0"}, 1, "1 p 0.5, not 0.2"),
        ({"ARCHDIFF_ALL": "1"}, 1, "2 0 Linear"),
        ({"ARCHDIFF_IGNORE": "AD301 AD401"}, 0, "training, all ignored"),
        ({"ARCHDIFF_INPUT_SHAPE": "4"}, 1, "input 4 "),
        ({"ARCHDIFF_OUTPUT_FILE": "json=one.json junit=two.xml"}, 1, "training: "),
    ],
)
def test_a_command_hears_it(folder: Path, environment: dict[str, str], code: int, seen: str) -> None:
    done = run("compare", "mine.txt", "dropout.txt", cwd=folder, **environment)
    assert (done.returncode, done.stderr) == (code, "")
    assert seen in " ".join(done.stdout.split())
    if "ARCHDIFF_OUTPUT_FILE" in environment:
        assert json.loads((folder / "one.json").read_text())["verdict"] == "training"
        assert (folder / "two.xml").read_text().startswith("<?xml")


def test_a_flag_that_is_neither_is_refused(folder: Path) -> None:
    done = run("compare", "mine.txt", "same.txt", cwd=folder, ARCHDIFF_RUN="perhaps")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ARCHDIFF_RUN=perhaps: neither yes nor no\n  help: one of 1, true, ")


# Completion

COMPLETED = [
    ("", {"compare", "check", "keys", "rule"}),
    ("che", {"check"}),
    ("--ver", {"--version"}),
    ("compare mine.txt wide.txt --form", {"--format"}),
    ("mine.txt wide.txt --form", {"--format"}),
    ("compare mine.txt wide.txt --format ", {"json", "github", "sarif"}),
    ("compare mine.txt wide.txt --format json,s", {"json,sarif"}),
    ("check --unknown ", {"fail", "pass"}),
    ("bench mine.txt wide.txt --mode ", {"inference", "train"}),
    ("rule layer-o", {"layer-order"}),
    ("compare mi", set()),  # the shell's own: files
    ("mi", set()),
]


SHELLS = [("bash", *case) for case in COMPLETED] + [
    (shell, *case) for shell in ("zsh", "fish") for case in (COMPLETED[3], COMPLETED[5], COMPLETED[-2])
]


@pytest.mark.parametrize(("shell", "line", "words"), SHELLS, ids=[f"{case[0]}: {case[1]}" for case in SHELLS])
def test_completion(folder: Path, shell: str, line: str, words: set[str]) -> None:
    line = f"archdiff {line}"
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    done = run(cwd=folder, _ARCHDIFF_COMPLETE=f"complete_{shell}", ARCHDIFF_ALL="perhaps", **asked)
    assert done.stderr == ""
    told = done.stdout.replace('"', " ").replace("\t", " ").split()
    assert words <= set(told)
    if not words:
        assert told == (["_files"] if shell == "zsh" else [])


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_takes_the_script(folder: Path) -> None:
    """The script as bash runs it, with the installed command replaced by a function."""
    script = run(_ARCHDIFF_COMPLETE="source_bash").stdout
    (folder / "archdiff").write_text("#!/bin/sh\necho check\necho compare\n")
    (folder / "archdiff").chmod(0o755)
    program = f'{script}\nCOMP_WORDS=(archdiff c) COMP_CWORD=1\n_archdiff_completion archdiff\necho "${{COMPREPLY[*]}}"'
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.split() == ["check", "compare"]
    assert "complete -o default -F _archdiff_completion archdiff" in script
