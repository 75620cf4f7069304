"""The pytest plugin: what passes, the message of what fails, and --archdiff-update, in runs of pytest of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TypedDict, cast

import pytest
import torch
from torch import nn

import archdiff
from archdiff import api, pytest_plugin
from archdiff.model.errors import UsageError
from archdiff.pytest_plugin import assert_same_architecture

SRC = str(Path(archdiff.__file__).parent.parent)
TEXT = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n  (1): Dropout(p=0.5, inplace=False)\n)\n"


NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
SCALE = f"Sequential(\n  (0): {NORM}\n  (1): MaxPool2d(kernel_size=2)\n)\n"
POOLED = f"Sequential(\n  (0): MaxPool2d(kernel_size=2)\n  (1): {NORM}\n)\n"
SOFTMAX = "Sequential(\n  (0): LogSoftmax({})\n)\n"


class Options(TypedDict, total=False):
    """Those of `assert_same_architecture`."""

    fail_on: str
    unknown: str
    strict: str | list[str]
    input_shape: tuple[int, ...]
    ignore: str | list[str]


def session_of(exitstatus: int, **config: object) -> pytest.Session:
    """As much of a run of pytest as the plugin looks at."""
    return cast(pytest.Session, SimpleNamespace(config=SimpleNamespace(**config), exitstatus=exitstatus))


def model(p: float = 0.5, width: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(4, width), nn.Dropout(p))


def whole(p: float = 0.5) -> str:
    """What --archdiff-update writes: the print, and the facts behind it."""
    text = api.snapshot(model(p))
    assert text.startswith(TEXT.replace("0.5", str(p)) + "# archdiff facts 1, ")
    return text


@pytest.mark.parametrize(
    ("candidate", "reference", "options"),
    [
        (model(), TEXT, {}),
        (TEXT, model(), {}),
        (model(), model(), {}),
        (model(0.2), TEXT, {"fail_on": "inference"}),
        (model(0.2), TEXT, {"ignore": "AD401"}),
        (model(0.2), TEXT, {"ignore": ["training-setting:1"]}),
        ("ref:how_so_dense/gsc_sparse_cnn2", "data/note.md#Original Sparse", {}),
        (SCALE, POOLED, {"unknown": "pass"}),
        (SOFTMAX.format("dim=1"), SOFTMAX.format(""), {}),
        (SOFTMAX.format("dim=1"), SOFTMAX.format(""), {"strict": "num_heads"}),
        (Path(__file__).parent / "sample" / "original.txt", "sample/original.txt", {"input_shape": (1, 28, 28)}),
    ],
    ids=[
        *("text", "reversed", "models", "fail_on", "ignore", "ignored path", "addresses"),
        *("unknown", "not printed", "another fact", "paths"),
    ],
)
def test_the_same(candidate: object, reference: object, options: Options) -> None:
    assert_same_architecture(candidate, reference, **options)


@pytest.mark.parametrize(
    ("candidate", "options", "message"),
    [
        (model(0.2), {}, "training: 1 finding that counts\n1 (Dropout): AD401 training p 0.2, not 0.5"),
        (model(width=5), {}, "function: 1 finding that counts\n0 (Linear): AD301 function out_features 5, not 3"),
        (model(0.2), {"ignore": ["AD401:0"]},
         "training: 1 finding that counts\n1 (Dropout): AD401 training p 0.2, not 0.5"),
    ],
    ids=["training", "function", "another path"],
)  # fmt: skip
def test_the_message_is_the_concise_diff(candidate: object, options: Options, message: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_same_architecture(candidate, TEXT, **options)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("candidate", "reference", "options", "message"),
    [
        (SCALE, POOLED, {},
         "unknown: 1 finding that counts\n<text>:2: AD101 unknown 0: BatchNorm2d runs before MaxPool2d"),
        (SCALE, POOLED, {"fail_on": "function"}, "unknown: 1 finding that counts\n"),
        (SOFTMAX.format("dim=1"), SOFTMAX.format(""), {"strict": "all"},
         "identical: 1 finding that counts\n<text>:2: AD701 unknown 0: dim is not printed by the reference"),
        (SOFTMAX.format("dim=1"), SOFTMAX.format(""), {"strict": ["num_heads", "dim"]}, "identical: 1 finding"),
    ],
    ids=["unknown", "whatever fail_on is", "all facts", "one fact"],
)  # fmt: skip
def test_what_is_not_known(candidate: str, reference: str, options: Options, message: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_same_architecture(candidate, reference, **options)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("candidate", "reference", "options", "error"),
    [
        (3, TEXT, {}, "expected a torch.nn.Module, a Network, a path, a text or an address, not int"),
        (model(), "none.txt", {}, "no such file"),
        (model(), TEXT, {"fail_on": "nothing"}, "fail_on='nothing': no such value"),
        (model(), TEXT, {"ignore": ["AD999"]}, "ignore AD999: no such rule"),
        (model(), TEXT, {"unknown": "maybe"}, "unknown='maybe': no such value"),
        (model(), TEXT, {"strict": ["AD999"]}, "strict AD999: no such rule"),
        (model(), TEXT, {"strict": True}, "strict=True: no such value"),
        (model(), TEXT, {"ignore": [5]}, r"ignore=\[5\]: no such value"),
        (model(), TEXT, {"input_shape": 8}, "input_shape=8: no such value"),
        (model(), TEXT, {"input_shape": (3, -1)}, r"input_shape=\(3, -1\): no such value"),
    ],
)
def test_no_answer(candidate: object, reference: object, options: Options, error: str) -> None:
    with pytest.raises((TypeError, UsageError), match=error):
        assert_same_architecture(candidate, reference, **options)


# References with facts


class Block(nn.Module):
    def __init__(self, way: str) -> None:
        super().__init__()
        self.norm, self.fc = nn.LayerNorm(8), nn.Linear(8, 8)
        self._way = way

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        match self._way:
            case "lost":
                return cast(torch.Tensor, self.fc(self.norm(x)))
            case "post":
                return x + cast(torch.Tensor, self.norm(self.fc(x)))
            case "words":
                return torch.add(self.fc(self.norm(x)), x)
        return x + cast(torch.Tensor, self.fc(self.norm(x)))


def blocks(way: str = "") -> nn.Module:
    return nn.Sequential(*(Block(way) for _ in range(2)))


@pytest.mark.parametrize("candidate", [blocks(), blocks("words")], ids=["as it was", "in other words"])
def test_the_same_as_it_was(tmp_path: Path, candidate: nn.Module) -> None:
    (tmp_path / "net.txt").write_text(api.snapshot(blocks()))
    assert_same_architecture(candidate, str(tmp_path / "net.txt"))
    outcome = api.compare(candidate, tmp_path / "net.txt")
    assert (outcome.verdict, outcome.traced) == ("identical", ("input:float32[2,16,8]",))


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        (blocks("lost"), "AD110 function forward of Block: what comes in + fc "),
        (blocks("post"), "AD110 function forward of Block: fc takes "),
    ],
    ids=["a lost skip connection", "post-norm"],
)  # fmt: skip
def test_another_than_it_was(candidate: nn.Module, message: str) -> None:
    with pytest.raises(AssertionError) as raised:
        assert_same_architecture(candidate, api.snapshot(blocks()))
    assert str(raised.value).startswith(f"function: 1 finding that counts\n0 (Block): {message}")
    assert str(raised.value).endswith("(2 places)")


# Runs of pytest

TEST = """\
from torch import nn
{line}
def test_mine(assert_same_architecture):
    assert_same_architecture(nn.Sequential(nn.Linear(4, 3), nn.Dropout({p})), "original.txt{selector}")
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = [
        "-q",
        "-p",
        "no:archdiff",
        "-p",
        "archdiff.pytest_plugin",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
    ]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    environment = {**inherited, "PYTHONPATH": SRC, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", *options, *arguments, str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder.parent, env=environment, timeout=120)


def write(folder: Path, p: float, selector: str = "") -> None:
    (folder / "test_mine.py").write_text(TEST.format(p=p, selector=selector, line=""))


def test_a_failing_run(tmp_path: Path) -> None:
    write(tmp_path, 0.2)
    (tmp_path / "original.txt").write_text(TEXT)
    done = run(tmp_path)
    assert done.returncode == 1
    assert "original.txt:3: AD401 training 1 (Dropout): p 0.2, not 0.5" in done.stdout  # a live model has no lines
    assert "pytest_plugin.py" not in done.stdout  # the place shown is the test's


OPTIONS = f"""\
SCALE, POOLED = {SCALE!r}, {POOLED!r}
DIM, NONE = {SOFTMAX.format("dim=1")!r}, {SOFTMAX.format("")!r}
def test_unknown(assert_same_architecture):
    assert_same_architecture(SCALE, POOLED)
def test_unknown_said(assert_same_architecture):
    assert_same_architecture(SCALE, POOLED, unknown="fail")
def test_strict(assert_same_architecture):
    assert_same_architecture(DIM, NONE)
def test_strict_said(assert_same_architecture):
    assert_same_architecture(DIM, NONE, strict=())
"""


@pytest.mark.parametrize(
    ("arguments", "failed"),
    [
        ([], ["test_unknown", "test_unknown_said"]),
        (["--archdiff-unknown=pass", "--archdiff-strict=num_heads,dim"], ["test_strict", "test_unknown_said"]),
    ],
    ids=["none", "both"],
)
def test_options_hold_for_tests_that_do_not_say_it(tmp_path: Path, arguments: list[str], failed: list[str]) -> None:
    (tmp_path / "test_mine.py").write_text(OPTIONS)
    done = run(tmp_path, "-rf", *arguments)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    assert sorted(line.partition("::")[2].partition(" ")[0] for line in lines) == failed


def test_update_writes_the_print_and_leaves_what_is_around_it(tmp_path: Path) -> None:
    around = "# A note\n\n```\nSGD (\nParameter Group 0\n    lr: 0.1\n)\n{}```\n\nSome words.\n"
    write(tmp_path, 0.2)
    (tmp_path / "original.txt").write_text(around.format(TEXT))
    done = run(tmp_path, "--archdiff-update")
    assert done.returncode == 0, done.stdout
    assert "original.txt is written; read the difference before you commit it" in done.stdout
    assert (tmp_path / "original.txt").read_text() == around.format(whole(0.2))
    again = run(tmp_path, "--archdiff-update")
    assert (again.returncode, "is written" in again.stdout) == (0, False)


def test_update_writes_one_of_several(tmp_path: Path) -> None:
    write(tmp_path, 0.2, "#Two")
    (tmp_path / "original.txt").write_text(f"# One\n\n{TEXT}\n# Two\n\n{TEXT}")
    assert run(tmp_path, "--archdiff-update").returncode == 0
    assert (tmp_path / "original.txt").read_text() == f"# One\n\n{TEXT}\n# Two\n\n{whole(0.2)}"


def test_update_writes_the_first_reference_beside_the_test(tmp_path: Path) -> None:
    write(tmp_path, 0.5)
    assert run(tmp_path, "--archdiff-update").returncode == 0
    assert (tmp_path / "original.txt").read_text() == whole()
    assert run(tmp_path).returncode == 0


def test_update_writes_anew_what_was_traced_with_another_shape(tmp_path: Path) -> None:
    """Which is an error without it: a module is called as the text says."""
    write(tmp_path, 0.5)
    assert run(tmp_path, "--archdiff-update").returncode == 0
    test = tmp_path / "test_mine.py"
    test.write_text(test.read_text().replace('original.txt")', 'original.txt", input_shape=(7, 4))'))
    assert "input_shape" in test.read_text()
    done = run(tmp_path)
    assert done.returncode == 1
    assert "--input-shape 7,4: the traces were made with " in done.stdout
    assert run(tmp_path, "--archdiff-update").returncode == 0
    assert "float32[2,7,4], digest " in (tmp_path / "original.txt").read_text()
    assert run(tmp_path).returncode == 0


LIVE = """\
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x):
        return {returned}

def test_net(assert_same_architecture):
    assert_same_architecture(Net(), "net.txt")
"""


def test_next_week_a_lost_skip_connection_fails(tmp_path: Path) -> None:
    (tmp_path / "test_net.py").write_text(LIVE.format(returned="x + self.fc(x)"))
    assert run(tmp_path, "--archdiff-update").returncode == 0
    assert run(tmp_path).returncode == 0
    (tmp_path / "test_net.py").write_text(LIVE.format(returned="self.fc(x)"))
    done = run(tmp_path)
    assert done.returncode == 1
    message = "AD110 function Net: forward of Net: the input + fc "
    assert f"{tmp_path.name}/net.txt:1: {message}" in done.stdout
    again = run(tmp_path, "--archdiff-update")
    assert (again.returncode, "net.txt is written" in again.stdout) == (0, True)
    assert run(tmp_path).returncode == 0


SHARED = """\
import pytest
from torch import nn

def model(p):
    return nn.Sequential(nn.Linear(4, 3), nn.Dropout(p))

@pytest.mark.parametrize("p", {values})
def test_shared(assert_same_architecture, p):
    assert_same_architecture(model(p), "shared.txt")

def test_own(assert_same_architecture):
    assert_same_architecture(model(0.3), "own.txt")
"""


def test_the_second_test_of_one_file_fails(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(SHARED.format(values=[0.2, 0.3]))
    (tmp_path / "shared.txt").write_text(TEXT)
    done = run(tmp_path, "--archdiff-update")
    tests = [f"test_mine.py::test_shared[{p}]" for p in (0.2, 0.3)]
    assert done.returncode == 1
    assert f"shared.txt: --archdiff-update does not write it: {tests[0]} uses it for another network" in done.stdout
    assert f"shared.txt is not written: {' and '.join(tests)} use it for different networks" in done.stdout
    assert f"FAILED {tmp_path.name}/{tests[1]}" in done.stdout
    assert (tmp_path / "shared.txt").read_text() == TEXT
    assert (tmp_path / "own.txt").read_text() == whole(0.3)
    assert done.stdout.count("own.txt is written") == 1


@pytest.mark.parametrize(
    ("values", "before", "after", "refused"),
    [
        ((0.2, 0.2), 0.5, 0.2, []),
        ((0.2, 0.3), 0.5, 0.5, [0.3]),
        ((0.5, 0.3), 0.5, 0.5, [0.3]),
        ((0.3, 0.5), 0.5, 0.5, [0.5]),
        ((0.5, 0.5), 0.5, 0.5, []),
        ((0.2, 0.3), None, None, [0.3]),
        ((0.2, 0.2), None, 0.2, []),
    ],
    ids=[
        *("the same", "two others", "one that holds", "one that holds behind it", "both hold"),
        *("no file", "no file, the same"),
    ],
)
def test_one_file_is_not_for_two_networks(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: tuple[float, ...],
    before: float | None,
    after: float | None,
    refused: list[float],
) -> None:
    session, file = fresh(monkeypatch), tmp_path / "shared.txt"
    if before:
        file.write_text(TEXT.replace("0.5", str(before)))
    found = []
    for p in values:
        try:
            assert_same_architecture(model(p), str(file))
        except UsageError:
            found.append(p)
    assert found == refused
    run_of_pytest = session_of(pytest.ExitCode.OK)
    pytest_plugin.pytest_sessionfinish(run_of_pytest)
    assert bool(run_of_pytest.exitstatus) is bool(refused)
    assert len(session.remarks) == (before != after or bool(refused))
    expected = None if after is None else TEXT if after == before else whole(after)
    assert (file.read_text() if file.exists() else None) == expected


NO_FILE = """\
import sys
from torch import nn
sys.modules[__name__ + "_live"] = sys.modules[__name__]
net = nn.Sequential(nn.Linear(4, 3))
other = nn.Sequential(nn.Linear(4, 5))

def test_live(assert_same_architecture):
    assert_same_architecture(net, "test_mine:net")

def test_live_differs(assert_same_architecture):
    assert_same_architecture(other, "test_mine:net")

def test_shipped(assert_same_architecture):
    assert_same_architecture(net, "ref:how_so_dense/mnist_dense_cnn1")

def test_text(assert_same_architecture):
    assert_same_architecture(net, repr(other))

def test_address(assert_same_architecture):
    assert_same_architecture("test_mine:net", "original.txt")
"""


def test_update_writes_models_into_files_alone(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(NO_FILE)
    (tmp_path / "original.txt").write_text(TEXT)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    done = run(tmp_path, "--archdiff-update")
    assert (done.returncode, "4 failed, 1 passed" in done.stdout) == (1, True)
    for why in (
        "test_mine:net is a live module",
        "ref:how_so_dense/mnist_dense_cnn1 is not a file",
        "the reference is not a file",
        "test_mine:net is not a model",
    ):
        assert f"--archdiff-update writes nothing: {why}\n" in done.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert os.listdir(tmp_path.parent).count("test_mine:net") == 0


def test_a_reference_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    write(tmp_path, 0.5)
    done = run(tmp_path)
    errors = [line for line in done.stdout.splitlines() if line.startswith("E ")]
    place = f"{tmp_path.name}/original.txt"
    assert [error.partition("UsageError: ")[2] for error in errors] == [
        f"{place}: no such file; pytest --archdiff-update writes what the model prints"
    ]
    assert "src/archdiff" not in done.stdout  # nor any line that led there


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, "--archdiff-update cannot write it: it is read-only"),
        ("".join(f"12:00:01 INFO {line}\n" for line in TEXT.splitlines()), "not a plain print"),
        (TEXT.encode("utf-16").decode("latin-1"), "not a plain print"),
    ],
    ids=["read-only", "a log", "UTF-16"],
)
def test_update_leaves_what_it_cannot_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, error: str
) -> None:
    session, file = fresh(monkeypatch), tmp_path / "original.txt"
    file.write_bytes((TEXT if text is None else text).encode("latin-1"))
    if text is None:
        file.chmod(0o444)
    before = file.read_bytes()
    with pytest.raises(UsageError, match=error):
        assert_same_architecture(model(0.2), str(file))
    pytest_plugin.pytest_sessionfinish(session_of(1))
    assert session.remarks == []
    assert file.read_bytes() == before


def test_update_writes_what_was_run_alone(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(SHARED.format(values=[0.2]))
    assert run(tmp_path, "--archdiff-update", "-k", "test_own").returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own.txt", "test_mine.py"]


def test_workers_hand_over_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As pytest-xdist does it: a worker's output is what the process that reports hears of when it goes."""
    outputs = []
    for p in (0.2, 0.3):
        session = fresh(monkeypatch)
        assert_same_architecture(model(p), str(tmp_path / "shared.txt"))
        assert_same_architecture(model(0.4), str(tmp_path / "own.txt"))
        output: dict[str, object] = {}
        pytest_plugin.pytest_sessionfinish(session_of(0, workeroutput=output))
        assert session.remarks == []
        outputs.append(json.loads(json.dumps(output)))
    assert os.listdir(tmp_path) == []

    session = fresh(monkeypatch)
    for output in outputs:
        pytest_plugin.pytest_testnodedown(SimpleNamespace(workeroutput=output))
    pytest_plugin.pytest_testnodedown(SimpleNamespace())  # one that has crashed
    controller = session_of(pytest.ExitCode.OK)
    pytest_plugin.pytest_sessionfinish(controller)
    assert controller.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert [os.path.basename(each.partition(" is ")[0]) for each in session.remarks] == ["own.txt", "shared.txt"]
    assert [each.partition(" is ")[2].partition(":")[0].partition(";")[0] for each in session.remarks] == [
        "written",
        "not written",
    ]
    assert os.listdir(tmp_path) == ["own.txt"]


def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest_plugin._Session:
    """A run with --archdiff-update of its own."""
    session = pytest_plugin._Session()
    session.update, session.uses, session.remarks = True, [], []
    monkeypatch.setattr(pytest_plugin, "_session", session)
    return session


def test_the_plugin_costs_nothing_at_start() -> None:
    program = (
        "import sys, archdiff.pytest_plugin; print(*sorted(n for n in sys.modules if n[:5] in ('archd', 'torch')))"
    )
    environment = {**os.environ, "PYTHONPATH": SRC}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "archdiff archdiff.pytest_plugin\n"


@pytest.mark.parametrize("in_candidate", [True, False])
def test_a_comment_in_a_file_holds_here_too(tmp_path: Path, in_candidate: bool) -> None:
    mark = "  # archdiff: ignore[AD401] known"
    texts = [TEXT.replace("p=0.5", "p=0.2"), TEXT]
    files = [tmp_path / "mine.txt", tmp_path / "original.txt"]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    with pytest.raises(AssertionError, match="AD401"):
        assert_same_architecture(*files)
    marked = 0 if in_candidate else 1
    files[marked].write_text(texts[marked].replace("inplace=False)", f"inplace=False){mark}"))
    assert_same_architecture(*files)
