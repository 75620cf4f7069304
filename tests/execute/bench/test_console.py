"""How much is written meanwhile, by whatever way: it goes on to standard error, and nothing to standard output."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from archdiff.execute.bench.console import bytes_written


@contextmanager
def streams_of_a_process() -> Iterator[None]:
    """Those that write where a process does: pytest's write elsewhere."""
    with (
        pytest.MonkeyPatch.context() as patch,
        os.fdopen(1, "w", closefd=False) as out,
        os.fdopen(2, "w", closefd=False) as err,
    ):
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        yield


def test_what_is_written_by_whatever_way(capfd: pytest.CaptureFixture[str]) -> None:
    def call() -> str:
        sys.stdout.write("one\n")
        sys.stderr.write("two\n")
        os.write(1, b"three\n")
        subprocess.run([sys.executable, "-c", "print('four')"], check=True)
        return "done"

    with streams_of_a_process():
        assert bytes_written(call) == ("done", len("one\ntwo\nthree\nfour\n"))
    written = capfd.readouterr()
    assert (written.out, sorted(written.err.split())) == ("", ["four", "one", "three", "two"])


def test_nothing_is_written(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before\n")
    with streams_of_a_process():
        assert bytes_written(lambda: 5) == (5, 0)
    os.write(1, b"behind\n")
    assert capfd.readouterr().out == "before\nbehind\n"


def test_it_is_given_back_where_somebody_raises(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ZeroDivisionError), streams_of_a_process():
        bytes_written(lambda: 1 / 0)
    os.write(1, b"behind\n")
    assert capfd.readouterr().out == "behind\n"
