"""What foreign code changes for all that runs behind it is taken back, and named."""

from __future__ import annotations

import gc
import os
import random
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from archdiff.execute.live.global_state import ALL, SETTINGS, UNSEEDED, Changes, GlobalSetting, restored


def noted(act: Callable[[], object]) -> list[str]:
    """What is said of an act, behind which every setting has to be as it was."""
    changes = Changes("the candidate")
    before = [row.get() for row in ALL]
    with restored(changes):
        act()
    assert [row.name for row, old in zip(ALL, before, strict=True) if row.get() != old] == []
    return [note.removeprefix("the candidate ") for note in changes.notes]


CHANGES: dict[str, tuple[Callable[[], object], list[str]]] = {
    "nothing": (lambda: None, []),
    "dtype": (lambda: torch.set_default_dtype(torch.float64), ["sets the default dtype to torch.float64; taken back"]),
    "device": (lambda: torch.set_default_device("meta"), ["sets the default device to meta; taken back"]),
    "threads": (
        lambda: torch.set_num_threads(torch.get_num_threads() + 1),
        [f"sets the number of threads to {torch.get_num_threads() + 1}; taken back"],
    ),
    "gradients": (lambda: torch._C._set_grad_enabled(False), ["sets gradients to off; taken back"]),
    "deterministic": (
        lambda: torch.use_deterministic_algorithms(True, warn_only=True),
        ["sets deterministic algorithms to on; taken back"],
    ),
    "matmul": (
        lambda: torch.set_float32_matmul_precision("high"),
        ["sets the precision of matmul to high; taken back"],
    ),
    "autocast": (lambda: torch.set_autocast_enabled("cpu", True), ["sets autocast to on; taken back"]),
    "oneDNN": (lambda: setattr(torch.backends.mkldnn, "enabled", False), ["sets oneDNN to off; taken back"]),
    "anomalies": (lambda: torch.set_anomaly_enabled(True), ["sets the detection of anomalies to on; taken back"]),
    "hooks": (
        lambda: torch.nn.modules.module.register_module_forward_hook(lambda *_: None),
        ["registers hooks for all modules; taken back"],
    ),
    "folder": (lambda: os.chdir("/"), ["sets the working directory to /; taken back"]),
    "environment": (
        lambda: os.environ.update({"B_NEW": "1", "A_NEW": "2", "TRITON_X": "3"}),
        ["sets A_NEW, B_NEW in the environment; taken back"],
    ),
    "environment of torch": (lambda: os.environ.update({"TORCHINDUCTOR_X": "1"}), []),
    "print options": (
        lambda: torch.set_printoptions(precision=9),
        ["sets the print options of torch; taken back"],
    ),
    "recursion": (
        lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 7),
        [f"sets the recursion limit to {sys.getrecursionlimit() + 7}; taken back"],
    ),
    "garbage": (gc.disable, ["sets garbage collection to off; taken back"]),
    "warnings": (lambda: warnings.simplefilter("ignore"), []),
    "random": (lambda: random.seed(9), []),
    "numbers of torch": (lambda: torch.rand(1), []),
    "seed": (lambda: torch.manual_seed(torch.initial_seed() + 1), ["sets the seed; taken back"]),
}


@pytest.mark.parametrize(("act", "notes"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_taken_back_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], notes: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    assert noted(act) == notes


def test_what_was_added_to_the_path_stays_behind_all_else() -> None:
    before = sys.path.copy()
    changes = Changes("the candidate")
    try:
        with restored(changes):
            sys.path.insert(0, "added")
        assert sys.path == [*before, "added"]
        assert changes.notes == ("the candidate changes sys.path; taken back",)
    finally:
        sys.path[:] = before


def raises() -> None:
    gc.disable()
    raise ValueError("x")


def test_it_is_taken_back_where_the_code_raises() -> None:
    changes = Changes("the candidate")
    with pytest.raises(ValueError, match="x"), restored(changes):
        raises()
    assert gc.isenabled()
    assert changes.notes == ("the candidate sets garbage collection to off; taken back",)


def test_each_change_is_named_once() -> None:
    changes = Changes("the candidate")
    for _ in range(2):
        changes.add("sets the seed")
    assert changes.notes == ("the candidate sets the seed",)


def test_only_what_is_watched() -> None:
    held = {"a": 1}
    row = GlobalSetting("a", lambda: held["a"], lambda value: held.update(a=value))
    silent = row._replace(name="")
    changes = Changes("it")
    for rows in ((row,), (silent,), ()):
        held["a"] = 1
        with restored(changes, rows):
            held["a"] = 2
    assert held == {"a": 2}
    assert changes.notes == ("it sets a to 2; taken back",)


def test_which_settings_there_are() -> None:
    assert UNSEEDED[: len(SETTINGS)] == SETTINGS
    assert {row.name for row in ALL} - {row.name for row in UNSEEDED} == {"the seed"}
