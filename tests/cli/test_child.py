"""A command whose rest runs in a child process.

Only an exit code that is handed over counts, and only the report is on standard output. Most of it without torch, so
that a case takes a twentieth of a second.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import archdiff

SRC = str(Path(archdiff.__file__).parent.parent)
TESTS = str(Path(__file__).parents[1])
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here: all stays in one process")

PROGRAM = """
import ctypes, os, signal, subprocess, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # though the tests may run where a shell has it ignored
from archdiff import __main__, cli
from archdiff.cli import child
from archdiff.cli.streams import write
from archdiff.model.errors import ArchdiffError
def command():
    try:
        child.enter("mods:Net")
    except ArchdiffError as error:
        sys.stderr.write(f"error: {error}\\n")
        sys.exit(2)
    BODY
cli.main = command
__main__.main()
"""
ENDED = "error: the process that ran mods:Net ended without an answer, "


def command(body: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM.replace("BODY", body.replace("\n", "\n    "))]


def run(body: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SRC}
    return subprocess.run(command(body), capture_output=True, text=True, env=environment, timeout=60)


@pytest.mark.parametrize(
    ("body", "code", "out", "err"),
    [
        pytest.param('write("report\\n"); sys.exit(0)', 0, "report\n", "", id="an answer"),
        pytest.param('write("report\\n"); sys.exit(1)', 1, "report\n", "", id="findings"),
        pytest.param("os._exit(0)", 2, "", ENDED + "with exit code 0", id="os._exit(0)"),
        pytest.param("os._exit(7)", 2, "", ENDED + "with exit code 7", id="os._exit(7)"),
        pytest.param(
            'child.doing("the first pair, and more")\nchild.doing("the pair x")\nos._exit(7)',
            2,
            "",
            "error: the process that ran the pair x ended without an answer, with exit code 7",
            id="what it was doing",
        ),
        pytest.param("os.kill(os.getpid(), signal.SIGKILL)", 2, "", ENDED + "killed by SIGKILL", id="killed"),
        pytest.param("os.abort()", 2, "", ENDED + "killed by SIGABRT", id="aborted"),
        pytest.param(
            'import atexit\natexit.register(os._exit, 0)\nwrite("report\\n"); sys.exit(1)', 1, "report\n", "", id="late"
        ),
        pytest.param('if os.fork() == 0: write("twice")\nwrite("once"); sys.exit(0)', 0, "once", "", id="forks"),
    ],
)
def test_exit_codes(body: str, code: int, out: str, err: str) -> None:
    done = run(body)
    assert (done.returncode, done.stdout, done.stderr.partition("\n")[0]) == (code, out, err)


@pytest.mark.parametrize(
    "noise",
    [
        pytest.param('print("noise")', id="print"),
        pytest.param('sys.__stdout__.write("noise")', id="the stream"),
        pytest.param('os.write(1, b"noise")', id="the descriptor"),
        pytest.param('ctypes.CDLL(None).puts(b"noise"); ctypes.CDLL(None).fflush(None)', id="C"),
        pytest.param('subprocess.run(["echo", "noise"])', id="a process"),
    ],
)
def test_standard_output_is_of_the_report_alone(noise: str) -> None:
    done = run(f'{noise}\nwrite("report\\n"); sys.exit(0)')
    assert (done.returncode, done.stdout, done.stderr.strip()) == (0, "report\n", "noise")


ENDLESS = """\
try:
    print("started", flush=True)
    while True: time.sleep(0.01)
except KeyboardInterrupt: sys.exit(130)"""


@pytest.mark.parametrize("group", [False, True], ids=["to the parent", "to both"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)], ids=["int", "term"]
)
def test_signals(number: int, code: int, group: bool) -> None:
    """A terminal sends Ctrl-C to both, `kill` and a CI to the parent alone: the child ends, once."""
    process = endless()
    os.killpg(process.pid, number) if group else process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "")


def test_a_parent_that_is_killed_leaves_nothing_behind() -> None:
    process = endless()
    process.kill()
    process.communicate(timeout=30)  # ends when nobody holds its streams any more


def endless() -> subprocess.Popen[str]:
    """A command in a group of its own, once its child runs."""
    environment = {**os.environ, "PYTHONPATH": SRC}
    pipe = subprocess.PIPE
    made = subprocess.Popen(
        command(ENDLESS), stdout=pipe, stderr=pipe, text=True, env=environment, start_new_session=True
    )
    assert made.stderr is not None
    assert made.stderr.readline() == "started\n"
    return made


# The command itself


def archdiff_(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SRC, "OMP_NUM_THREADS": "1"}
    live = [argument.replace("nets:", "execute.faulty_networks:") for argument in arguments]
    called = [sys.executable, "-m", "archdiff", *live]
    return subprocess.run(called, capture_output=True, text=True, env=environment, cwd=TESTS, timeout=120)


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "nets:EndsTheProcess", "nets:Plain", "--run", "--input-shape", "4", "--format", "json"),
        ("bench", "nets:EndsTheProcess", "nets:Plain", "--input-shape", "4", "--format", "json"),
        ("keys", "nets:EndsTheProcess", "nets:Plain", "--input-shape", "4", "--verify"),
    ],
    ids=lambda value: value[0],
)
def test_a_forward_that_ends_the_process(arguments: tuple[str, ...]) -> None:
    done = archdiff_(*arguments)
    assert done.returncode == 2
    told = done.stderr.partition("\n")[0]
    assert "execute.faulty_networks:Plain ended without an answer, with exit code 0" in told
    if arguments[0] == "compare":
        assert json.loads(done.stdout)["error"]["message"] in told
    else:
        assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "nets:Prints", "nets:Plain", "--run", "--input-shape", "4", "--format", "json"),
        ("bench", "nets:Prints", "nets:Plain", "--input-shape", "4", "--format", "json", "--precision", "900"),
    ],
    ids=lambda value: value[0],
)
def test_a_forward_that_prints(arguments: tuple[str, ...]) -> None:
    done = archdiff_(*arguments)
    assert done.returncode == 0
    answer = json.loads(done.stdout)
    assert "NOISE\n" in done.stderr
    if arguments[0] == "bench":
        said = (
            "execute.faulty_networks:Prints writes to standard output or standard error when it runs; its time includes"
        )
        assert any(note.startswith(said) for note in answer["notes"])
