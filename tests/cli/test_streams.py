"""Streams that are closed, full, narrow, of another alphabet or read by nobody, and Ctrl-C at any time.

No traceback, and the exit code stays what it is.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cli.command import NETWORKS, SMALL, SRC

COMMAND = f'"{sys.executable}" -m archdiff'
ACCENTS = SMALL.replace("Sequential", "Größe\U00020000")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mine.txt").write_text(SMALL)
    (tmp_path / "wide.txt").write_text(NETWORKS["wide.txt"])
    (tmp_path / "accents.txt").write_text(ACCENTS, encoding="utf-8")
    return tmp_path


def shell(line: str, folder: Path, **environment: str) -> tuple[int, bytes, bytes]:
    """A line of bash: its exit code (of the first command of a pipe), and what came out."""
    done = subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=folder,
        capture_output=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": SRC, **environment},
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize(
    ("line", "code", "told"),
    [
        ("{} compare mine.txt wide.txt >&-", 2, b"error: standard output is closed, so the report cannot be written"),
        ("{} compare mine.txt wide.txt --output-file new.txt >&-", 1, b""),
        ("{} --help > /dev/full", 2, b"error: the report cannot be written: No space left on device"),
        ("{} compare mine.txt wide.txt 2>&-", 1, b""),
        ("{} compare mine.txt none.txt 2>&-", 2, b""),  # and not on standard output
        ("{} compare mine.txt none.txt 2>/dev/full", 2, b""),
        ("{} compare mine.txt --nonsense 2>/dev/full", 2, b""),
        ("{} compare mine.txt wide.txt <&- >&- 2>&-", 2, b""),
        ("{} compare mine.txt wide.txt >> mine.txt", 2, b"error: /dev/stdout: is an input, which is mine.txt: "),
        ("{} show mine.txt > mine.txt", 2, b"error: /dev/stdout: is an input, which is mine.txt: "),
        ("{} source mine.txt >> mine.txt", 2, b"error: /dev/stdout: is an input, which is mine.txt: "),
        ("{} compare - wide.txt --output-file json=mine.txt < mine.txt", 2, b"error: mine.txt: is an input, which is "),
        ("{} compare - wide.txt --output-file json=new.txt < mine.txt > out.txt", 1, b""),
        ("{} compare - wide.txt <&-", 2, b"error: nothing came on standard input"),
        ("{} compare mine.txt wide.txt >/dev/full", 2, b"error: the report cannot be written: No space left on device"),
        ("{} rule >/dev/full", 2, b"error: the report cannot be written: No space left on device"),
        ("{} compare mine.txt wide.txt --all | true", 1, b""),
        ("{} rule | head -n 1 >/dev/null", 0, b""),
        ("{} compare mine.txt none.txt 2>&1 >/dev/null | true", 2, b""),
    ],
)
def test_streams(folder: Path, line: str, code: int, told: bytes) -> None:
    ended, out, err = shell(line.format(COMMAND), folder)
    assert ended == code
    assert err.startswith(told)
    assert bool(err) == bool(told)
    if "2>" in line and code == 2:
        assert out == b""


@pytest.mark.parametrize("alphabet", ["ascii", "latin-1", "ascii:strict"])
def test_an_alphabet_that_lacks_characters(folder: Path, alphabet: str) -> None:
    """Lines hold their numbers; documents are UTF-8 as in a file."""
    environment = {"PYTHONIOENCODING": alphabet, "LC_ALL": "C", "PYTHONUTF8": "0"}
    compare = f"{COMMAND} compare accents.txt mine.txt --format"
    code, out, _ = shell(f"{compare} terminal", folder, **environment)
    assert (code, rb"\U00020000" in out) == (0, True)
    read = json.loads(shell(f"{compare} json", folder, **environment)[1].decode())
    assert read["candidate"]["class"] == "Größe\U00020000"
    assert json.loads(shell(f"{compare} sarif", folder, **environment)[1].decode())["version"] == "2.1.0"
    root = ElementTree.fromstring(shell(f"{compare} junit", folder, **environment)[1])
    assert root[0].get("name") == "Größe\U00020000 against Sequential"
    assert "Größe\U00020000" in shell(f"{compare} markdown", folder, **environment)[1].decode()
    code, out, _ = shell(f"{COMMAND} show accents.txt --format json", folder, **environment)
    assert json.loads(out.decode())["networks"][0]["class"] == "Größe\U00020000"
    compile(shell(f"{COMMAND} source accents.txt", folder, **environment)[1], "mine.py", "exec")
    code, _, err = shell(f"{COMMAND} compare Größe.txt mine.txt", folder, **environment)
    assert (code, b"no such file" in err) == (2, True)


#: says so as soon as the first handler stands
STARTED = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # though the tests may run where a shell has it ignored
from archdiff import __main__
known = signal.signal
def first(*arguments):
    signal.signal = known
    known(*arguments)
    print('started', flush=True)
signal.signal = first
__main__.main()
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT that a process can be sent")
def test_ctrl_c_at_any_time(folder: Path) -> None:
    """While all is imported, while it compares, and where it ends."""
    codes = [_interrupted(folder, milliseconds) for milliseconds in (0, 2, 5, 10, 20, 40, 70, 110, 160, 250)]
    assert codes[0] == 130
    assert set(codes) <= {130, 1}


def _interrupted(folder: Path, milliseconds: int) -> int:
    command = [sys.executable, "-c", STARTED, "compare", "mine.txt", "wide.txt"]
    environment = {**os.environ, "PYTHONPATH": SRC}
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout
        process.stdout.readline()
        time.sleep(milliseconds / 1000)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert err == b""
    assert out == b"" or process.returncode == 1
    return process.returncode


LOST = """
import signal, weakref
from archdiff import __main__, cli
class Held: pass
def compare():
    held = Held()
    reference = weakref.ref(held, lambda _: signal.raise_signal(signal.SIGINT))
    del held
    print('went on')
cli.main = compare
__main__.main()
"""


def test_ctrl_c_in_a_callback_is_not_lost(folder: Path) -> None:
    """Python tells of an exception there and goes on."""
    environment = {**os.environ, "PYTHONPATH": SRC}
    done = subprocess.run([sys.executable, "-c", LOST], cwd=folder, env=environment, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT that a process can be sent")
def test_interrupts_that_are_ignored_stay_ignored(folder: Path) -> None:
    """As by nohup, or behind an `&` in a script."""
    code, out, err = shell(
        f"trap '' INT; {COMMAND} compare mine.txt wide.txt & kill -INT $!; wait $!; (exit $?)", folder
    )
    assert (code, out[:9], err) == (1, b"function:", b"")
