"""Where torch is not installed: everything about printed networks works, and the rest says in one line what it needs.

Torch is hidden by a package of its name that cannot be imported, before the installed one on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from archdiff.execute.with_torch import load_torch
from archdiff.model.errors import UsageError

ROOT = Path(__file__).parent.parent
NOTE = ROOT / "tests" / "data" / "note.md"
MISSING = "raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n"
WAY_OUT = "  help: pip install torch; without it printed networks are compared, shown, matched and checked\n"
PAIRS = """
[[pairs]]
name = "text"
candidate = "mine.txt"
reference = "mine.txt"

[[pairs]]
name = "live"
candidate = "models:net"
reference = "mine.txt"
"""
TEST = "def test_mine(assert_same_architecture):\n    assert_same_architecture('mine.txt', 'mine.txt')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hidden" / "torch").mkdir(parents=True)
    (tmp_path / "hidden" / "torch" / "__init__.py").write_text(MISSING)
    (tmp_path / "mine.txt").write_text("Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n)\n")
    (tmp_path / "models.py").write_text("import torch\nnet = torch.nn.Linear(4, 3)\n")
    (tmp_path / "archdiff.toml").write_text(PAIRS)
    (tmp_path / "test_mine.py").write_text(TEST)
    return tmp_path


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHDIFF_", "PYTEST"))}
    environment = {**kept, "PYTHONPATH": os.pathsep.join([str(folder / "hidden"), str(ROOT / "src")])}
    return subprocess.run(
        [sys.executable, "-m", *command], capture_output=True, text=True, cwd=folder, env=environment, timeout=60
    )


@pytest.mark.parametrize(
    ("arguments", "code", "head"),
    [
        (["mine.txt", "mine.txt"], 0, "identical: "),
        (["compare", f"{NOTE}#Mine", f"{NOTE}#Lucas", "--color", "always"], 1, "\x1b["),
        (["show", "mine.txt"], 0, "Sequential"),
        (["match", f"{NOTE}#Lucas"], 0, "nearest: ref:how_so_dense/gsc_super_sparse_cnn2"),
        (["check", "text"], 0, "passed text: identical"),
        (["source", "mine.txt"], 0, '"""Sequential, made from its print'),
        (["keys", "mine.txt", "mine.txt"], 0, "checkpoint of the candidate mine.txt"),
        (["rule", "AD101"], 0, "AD101 layer-order"),
        (["--version"], 0, "archdiff "),
        (["--help"], 0, "Usage: archdiff "),
    ],
    ids=["bare", "colour", "show", "match", "check", "source", "keys", "rule", "version", "help"],
)
def test_printed_networks(folder: Path, arguments: list[str], code: int, head: str) -> None:
    done = run(folder, "archdiff", *arguments)
    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(head)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["mine.txt", "models:net"], "models:net: a live module"),
        (["show", "models:net"], "models:net: a live module"),
        (["match", "models:net"], "models:net: a live module"),
        (["compare", "mine.txt", "mine.txt", "--run"], "--run"),
        (["compare", "mine.txt", "mine.txt", "--bench"], "bench"),
        (["bench", "mine.txt", "mine.txt"], "bench"),
        (["keys", "mine.txt", "mine.txt", "--apply", "a.pt", "b.pt"], "--apply"),
    ],
)
def test_what_needs_it_says_so(folder: Path, arguments: list[str], what: str) -> None:
    done = run(folder, "archdiff", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: {what} needs torch, which is not installed\n{WAY_OUT}"


def test_the_other_pairs_of_a_check_are_still_compared(folder: Path) -> None:
    done = run(folder, "archdiff", "check")
    assert done.returncode == 2
    assert "passed text: identical\n" in done.stdout
    assert "a live module needs torch, which is not installed" in " ".join(done.stdout.split())


def test_the_pytest_plugin(folder: Path) -> None:
    options = ["-q", "-p", "no:archdiff", "-p", "archdiff.pytest_plugin", "-p", "no:cacheprovider", "-W", "error"]
    done = run(folder, "pytest", *options, "test_mine.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 passed" in done.stdout


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ModuleNotFoundError("No module named 'torch'", name="torch"), "which is not installed"),
        (
            ModuleNotFoundError("No module named 'sympy'", name="sympy"),
            "which cannot be loaded: No module named 'sympy'",
        ),
        (ImportError("libtorch.so: no such file\nmore"), "which cannot be loaded: libtorch.so: no such file"),
        (OSError("libcudart.so.12: cannot open"), "which cannot be loaded: libcudart.so.12: cannot open"),
    ],
)
def test_what_is_wrong_with_it(monkeypatch: pytest.MonkeyPatch, error: Exception, said: str) -> None:
    class Broken:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "torch":
                raise error

    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(UsageError) as raised:
        load_torch("bench")
    assert raised.value.message == f"bench needs torch, {said}"
