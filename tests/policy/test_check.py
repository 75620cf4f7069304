"""`archdiff check` on a sample repository: what passes, what fails, and what cannot be answered, with its place."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest

import archdiff
from archdiff import api
from archdiff.diff import messages
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.policy import check as checking
from archdiff.policy import config
from archdiff.policy.check import CheckRequest, CheckResult
from archdiff.report import View, find, names
from known import known

SRC = str(Path(archdiff.__file__).parent.parent)
SAMPLE = Path(__file__).parents[1] / "sample"
TODAY = date(2026, 11, 23)

POOL, RELU = "        nn.AvgPool2d(kernel_size=2),\n", "        nn.ReLU(),\n"


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(SAMPLE, tmp_path / "repo", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "repo")
    monkeypatch.delitem(sys.modules, "models", raising=False)  # of another copy
    return tmp_path / "repo"


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own: a module that was imported before stays as it was."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ARCHDIFF_", "GITHUB_"))}
    inherited |= {"PYTHONPATH": SRC, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "archdiff", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env={**inherited, **environment})
    assert "Traceback" not in done.stderr
    return done


def check(**asked: object) -> CheckResult:
    return checking.check(CheckRequest(**{"today": TODAY, **asked}))  # type: ignore[arg-type]  # the fields named


def told(answer: CheckResult) -> dict[str, str]:
    """{pair: verdict or the first line of its error}."""
    return {
        result.name: str(result.error).partition("\n")[0] if result.error else known(result.outcome).verdict
        for result in answer.results
    }


# The sample repository


def test_a_layer_swapped_in_the_live_model_is_named_by_every_report(repo: Path) -> None:
    clean = run("check")
    assert (clean.returncode, clean.stderr) == (0, "")
    assert clean.stdout.endswith("2 pairs: 2 passed, 0 failed\n")

    change(repo / "models.py", POOL + RELU, RELU + POOL)
    files = {name: repo / f"report.{name}" for name in ("junit", "sarif", "markdown", "json")}
    asked = [f"--output-file={name}={file}" for name, file in files.items()]
    swapped = run("check", "--format", "github", *asked)
    assert swapped.returncode == 1
    (error,) = (line for line in swapped.stdout.splitlines() if line.startswith("::error "))
    assert error.startswith("::error file=original.txt,line=4,title=AD101 layer-order (live)::")
    cases = ET.parse(files["junit"]).iter("testcase")
    (failure,) = (ET.tostring(case, encoding="unicode") for case in cases if case.find("failure") is not None)
    assert "AD101" in failure
    assert "live" in failure
    results = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    assert "AD101" in [result["ruleId"] for result in results if result["level"] == "error"]
    assert "AD101" in files["markdown"].read_text()
    by_name = {result["name"]: result for result in json.loads(files["json"].read_text())["results"]}
    assert [name for name, result in by_name.items() if result["failed"]] == ["live"]

    change(repo / "models.py", RELU + POOL, POOL + RELU)
    assert run("check").returncode == 0


def test_an_expired_entry_counts_no_more(repo: Path) -> None:
    change(repo / "archdiff-baseline.toml", 'reason = "', 'expires = 2026-11-22\nreason = "')
    answer = check(pairs=("text",))
    assert answer.failed
    (finding,) = (each for each in known(answer.results[0].outcome).findings if each.is_difference)
    assert finding.hint == "accepted until 2026-11-22 (0.2 is what the authors' code has; the paper says 0.5)"
    assert not check(pairs=("text",), today=date(2026, 11, 22)).failed  # the last day counts


def test_a_deleted_reference_is_no_answer_and_the_others_run(repo: Path) -> None:
    (repo / "archdiff.toml").write_text(
        '[[pairs]]\ncandidate = "printed.txt"\nreference = "gone.txt"\n\n'
        '[[pairs]]\ncandidate = "printed.txt"\nreference = "original.txt"\nfail-on = "function"\n'
    )
    done = run("check")
    assert done.returncode == 2
    assert "error: archdiff.toml:3: gone.txt: no such file\n  help: did you mean printed.txt?\n" in done.stdout
    assert done.stdout.endswith("2 pairs: 1 passed, 0 failed, 1 error\n")


@pytest.mark.parametrize(
    ("raised", "error"),
    [
        (ValueError("no such size"), "ValueError: no such size ("),
        (RecursionError("maximum recursion depth exceeded"), "too large for this machine (RecursionError)"),
        (MemoryError(), "too large for this machine (MemoryError)"),
        (SystemExit(0), "SystemExit: 0 ("),
        (BaseException("of somebody"), "BaseException: of somebody ("),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_ends_one_pair_leaves_the_others(
    repo: Path, monkeypatch: pytest.MonkeyPatch, raised: BaseException, error: str
) -> None:
    """Whatever it is, and wherever it stands; an error goes before findings."""
    for name in ("first", "broken", "last"):
        shutil.copy(repo / "printed.txt", repo / f"{name}.txt")
    pair = '[[pairs]]\nname = "{0}"\ncandidate = "{0}.txt"\nreference = "original.txt"\n'
    (repo / "archdiff.toml").write_text("".join(map(pair.format, ("first", "broken", "last"))))
    compare = api.compare_networks

    def faulty(candidate: Network, *others: object) -> Outcome:
        if candidate.source == "broken.txt":
            raise raised
        return compare(candidate, *others)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setattr(api, "compare_networks", faulty)
    answer = check()
    assert [name for name, verdict in told(answer).items() if verdict == "training"] == ["first", "last"]
    assert told(answer)["broken"].startswith(error)
    assert (answer.failed, answer.unanswered) == (True, True)


@pytest.mark.parametrize(
    ("candidate", "verdict", "traced"),
    [
        ("models:small", "identical", True), ("facts.txt", "identical", True), ("printed.txt", "identical", False),
        ("models:tanh", "function", False),
    ],
    ids=["the module", "the text", "a print", "another forward"],
)  # fmt: skip
def test_a_text_with_the_facts_of_a_live_module(repo: Path, candidate: str, verdict: str, traced: bool) -> None:
    (repo / "models.py").write_text((repo / "models.py").read_text() + TANH)
    sys.path.insert(0, str(repo))
    try:
        (repo / "facts.txt").write_text(api.snapshot("models:small", input_shape=(1, 28, 28)))
    finally:
        sys.path.remove(str(repo))
    (repo / "archdiff.toml").write_text(f'[[pairs]]\nname = "a"\ncandidate = "{candidate}"\nreference = "facts.txt"\n')
    answer = check()
    assert told(answer) == {"a": verdict}
    assert known(answer.results[0].outcome).traced == (("input:float32[2,1,28,28]",) if traced else ())


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        pytest.param(None, None, "identical", id="none"),
        pytest.param(4, 4, "identical", id="equal"),
        pytest.param(4, 8, "function", id="other heads"),
        pytest.param(None, 8, "identical", id="of one side"),
    ],
)
def test_configurations_beside_the_prints(repo: Path, ours: int | None, theirs: int | None, verdict: str) -> None:
    (repo / "bert.txt").write_text(BERT)
    lines = ['[[pairs]]\nname = "a"\ncandidate = "bert.txt"\nreference = "bert.txt"\n']
    for side, heads in (("candidate", ours), ("reference", theirs)):
        if heads:
            fields = {"model_type": "bert", "architectures": ["BertModel"], "num_attention_heads": heads}
            (repo / f"{side}.json").write_text(json.dumps(fields))
            lines.append(f'{side}-config = "{side}.json"\n')
    (repo / "archdiff.toml").write_text("".join(lines))
    assert told(check()) == {"a": verdict}
    assert {Path(each).name for each in checking.files(CheckRequest())} >= {each[:9] + ".json" for each in lines[1:]}


def test_a_configuration_that_is_not_there(repo: Path) -> None:
    (repo / "bert.txt").write_text(BERT)
    pair = '[[pairs]]\nname = "a"\ncandidate = "bert.txt"\nreference = "bert.txt"\n'
    (repo / "archdiff.toml").write_text(f'{pair}reference-config = "none.json"\n')
    assert told(check()) == {"a": "archdiff.toml:5: none.json: no such file"}


BERT = """BertModel(
  (attention): BertSelfAttention(
    (query): Linear(in_features=64, out_features=64, bias=True)
    (key): Linear(in_features=64, out_features=64, bias=True)
    (value): Linear(in_features=64, out_features=64, bias=True)
  )
)
"""
TANH = """

class Sequential(nn.Sequential):
    def forward(self, x):
        return super().forward(x).tanh()


def tanh():
    return Sequential(*small())
"""


def test_no_live_module_is_imported(repo: Path) -> None:
    change(repo / "models.py", "from torch import nn\n", "from torch import nn\nopen('ran', 'w').close()\n")
    for option, environment in ((("--no-live",), {}), ((), {"ARCHDIFF_NO_LIVE": "1"})):
        done = run("check", "--format", "concise", *option, **environment)
        assert done.returncode == 2
        told = "archdiff.toml:5: error: models:small: a live module, which --no-live does not import [live]\n"
        assert done.stdout.startswith(told)
    assert not (repo / "ran").exists()
    assert run("check", "--no-live", "text").returncode == 0


@pytest.mark.usefixtures("repo")
def test_ctrl_c_ends_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_networks: object) -> Outcome:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "compare_networks", interrupted)
    with pytest.raises(KeyboardInterrupt):
        check()


# Configuration


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("archdiff.toml", '[[pairs]]\nname = "n"\ncandidate = "printed.txt"\nreference = "original.txt"\n'),
        (
            "pyproject.toml",
            '[[tool.archdiff.pairs]]\nname = "n"\ncandidate = "printed.txt"\nreference = "original.txt"\n',
        ),
    ],
)
def test_both_files_are_heard(repo: Path, name: str, text: str) -> None:
    for other in config.NAMES:
        (repo / other).unlink(missing_ok=True)
    (repo / name).write_text(text)
    (repo / "inner").mkdir()
    os.chdir(repo / "inner")  # found above, and paths are those of the file
    answer = check()
    assert told(answer) == {"n": "training"}
    assert known(answer.results[0].outcome).candidate.source == os.path.join("..", "printed.txt")


SPECS = Path(__file__).parents[2] / "reference_specs"
PAIR = '[[pairs]]\nname = "n"\ncandidate = "printed.txt"\nreference = "original.txt"\n'
LIVE = PAIR.replace("printed.txt", "models:small")


@pytest.mark.parametrize(
    ("text", "asked", "failed"),
    [
        (PAIR, {}, True),
        ('fail-on = "inference"\n' + PAIR, {}, False),
        ('fail-on = "inference"\n' + PAIR + 'fail-on = "training"\n', {}, True),
        (PAIR + 'fail-on = "inference"\n', {"fail_on": 4}, True),
        (PAIR, {"select": ("AD1",)}, False),
        ('select = ["AD4", "layer-order"]\n' + PAIR, {}, True),
        ('select = ["AD1"]\n' + PAIR, {"select": ("training-setting",)}, True),
        (PAIR, {"ignore": ("AD4",)}, False),
        ('ignore = [{ rule = "AD401", reason = "swept" }]\n' + PAIR, {}, False),
        (PAIR + 'ignore = [{ path = "5", reason = "swept" }]\n', {}, False),
        (PAIR + 'ignore = [{ rule = "AD401", path = "[0-4]", reason = "swept" }]\n', {}, True),
        (PAIR + 'ignore = [{ rule = "AD1", path = "5", reason = "swept" }]\n', {}, True),
    ],
    ids=[
        "default", "file", "pair before file", "flag before pair", "select", "selected in file", "flag before file",
        "ignore by flag", "ignored rule", "ignored path", "another path", "another rule",
    ],
)  # fmt: skip
def test_what_counts(repo: Path, text: str, asked: dict[str, object], failed: bool) -> None:
    (repo / "archdiff-baseline.toml").unlink()
    (repo / "archdiff.toml").write_text(text)
    answer = check(**asked)
    assert (answer.failed, answer.unanswered) == (failed, False)


NORM = "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)"
WINDOWS = "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)"
NOT_KNOWN = {
    "scale.txt": f"Sequential(\n  (0): {NORM}\n  (1): {WINDOWS}\n)\n",
    "pooled.txt": f"Sequential(\n  (0): {WINDOWS}\n  (1): {NORM}\n)\n",
    "dim.txt": "Sequential(\n  (0): LogSoftmax(dim=1)\n)\n",
    "old.txt": "Sequential(\n  (0): LogSoftmax()\n)\n",
}
UNKNOWN = '[[pairs]]\nname = "n"\ncandidate = "scale.txt"\nreference = "pooled.txt"\n'
FACT = '[[pairs]]\nname = "n"\ncandidate = "dim.txt"\nreference = "old.txt"\n'


@pytest.mark.parametrize(
    ("text", "asked", "failed"),
    [
        pytest.param(UNKNOWN, {}, True, id="unknown fails"),
        pytest.param('fail-on = "function"\n' + UNKNOWN, {}, True, id="whatever fail-on is"),
        pytest.param('unknown = "pass"\n' + UNKNOWN, {}, False, id="passes by the file"),
        pytest.param('unknown = "pass"\n' + UNKNOWN + 'unknown = "fail"\n', {}, True, id="pair before file"),
        pytest.param('unknown = "pass"\n' + UNKNOWN, {"unknown": "fail"}, True, id="flag before file"),
        pytest.param(UNKNOWN, {"unknown": "pass"}, False, id="passes by flag"),
        pytest.param(FACT, {}, False, id="a fact passes"),
        pytest.param('strict = "all"\n' + FACT, {}, True, id="all facts"),
        pytest.param('strict = ["num_heads", "dim"]\n' + FACT, {}, True, id="this fact"),
        pytest.param('strict = ["AD701"]\n' + FACT, {}, True, id="by rule"),
        pytest.param('strict = "num_heads"\n' + FACT, {}, False, id="another fact"),
        pytest.param('strict = "all"\n' + FACT + 'strict = ["num_heads"]\n', {}, False, id="fact of the pair"),
        pytest.param('strict = "num_heads"\n' + FACT, {"strict": ("dim",)}, True, id="fact by flag"),
        pytest.param('strict = "all"\nunknown = "pass"\n' + UNKNOWN, {}, False, id="an effect is no fact"),
    ],
)
def test_what_is_not_known(repo: Path, text: str, asked: dict[str, object], failed: bool) -> None:
    for name, print_ in NOT_KNOWN.items():
        (repo / name).write_text(print_)
    (repo / "archdiff.toml").write_text(text)
    answer = check(**asked)
    assert (answer.failed, answer.unanswered) == (failed, False)
    assert told(answer) == {"n": "unknown" if "scale" in text else "identical"}


def test_what_is_not_known_can_be_accepted(repo: Path) -> None:
    for name, print_ in NOT_KNOWN.items():
        (repo / name).write_text(print_)
    (repo / "archdiff.toml").write_text('strict = "all"\n' + UNKNOWN + FACT.replace('"n"', '"m"'))
    assert check(update=True, reason="looked at forward").written.endswith(": 2 accepted")
    answer = check()
    assert not answer.failed
    assert told(answer) == {"n": "unknown", "m": "identical"}  # a fact that is not printed is no difference
    assert [known(result.outcome).open for result in answer.results] == [(), ()]


def test_what_is_not_known_by_environment_and_by_flag(repo: Path) -> None:
    for name, print_ in NOT_KNOWN.items():
        (repo / name).write_text(print_)
    (repo / "archdiff.toml").write_text(UNKNOWN)
    assert run("check").returncode == 1
    assert run("check", ARCHDIFF_UNKNOWN="pass").returncode == 0
    assert run("check", "--unknown", "fail", ARCHDIFF_UNKNOWN="pass").returncode == 1
    (repo / "archdiff.toml").write_text(FACT)
    assert run("check", "--strict").returncode == 1
    assert run("check", "--strict=num_heads").returncode == 0


def test_a_flag_beats_the_environment_beats_the_file(repo: Path) -> None:
    (repo / "archdiff-baseline.toml").unlink()
    (repo / "archdiff.toml").write_text('fail-on = "function"\n' + PAIR)
    assert run("check").returncode == 0
    assert run("check", ARCHDIFF_FAIL_ON="training").returncode == 1
    assert run("check", "--fail-on", "inference", ARCHDIFF_FAIL_ON="training").returncode == 0
    assert run("check", ARCHDIFF_FAIL_ON="training", ARCHDIFF_IGNORE="AD4").returncode == 0
    assert run("check", ARCHDIFF_CONFIG="nothing.toml").returncode == 2


def test_extends(repo: Path) -> None:
    (repo / "base").mkdir()
    shutil.copy(repo / "original.txt", repo / "base")
    (repo / "base" / "base.toml").write_text(
        'ignore = [{ rule = "AD401", reason = "of the base" }]\n'
        '[[pairs]]\nname = "base"\ncandidate = "original.txt"\nreference = "original.txt"\n'
        '[[pairs]]\nname = "n"\ncandidate = "none.txt"\nreference = "none.txt"\n'
    )
    (repo / "archdiff.toml").write_text('extends = "base/base.toml"\n' + PAIR)
    answer = check()
    assert told(answer) == {"base": "identical", "n": "training"}
    assert [accepted.reason for accepted in answer.results[1].accepted] == ["of the base"]


@pytest.mark.parametrize(
    ("text", "pair", "error"),
    [
        ("fial-on = 1\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: unknown key 'fial-on'"),
        ("unknown = 'maybe'\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: unknown = 'maybe': no such value"),
        ("strict = true\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: strict is not a list"),
        ("strict = ['AD999']\n" + PAIR, "archdiff.toml", "archdiff.toml:1: no rule 'AD999'"),
        ("fail-on = 'nothing'\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: fail-on = 'nothing': no such value"),
        (PAIR + "referense = 'x'\n", "n", "archdiff.toml:5:1: unknown key 'referense'"),
        ("[[pairs]]\nname = 'x'\ncandidate = 'original.txt'\n", "x", "archdiff.toml:1: a pair without a reference"),
        ("[[pairs]]\nname = 'x'\nreference = 3\n", "x", "archdiff.toml:3:1: reference is not a text in quotes"),
        (PAIR.replace("printed", "nobody"), "n", "archdiff.toml:3: nobody.txt: no such file"),
        (PAIR.replace("printed.txt", "printed.txt#Me"), "n", "archdiff.toml:3: printed.txt: no network is called"),
        (LIVE.replace("small", "raises"), "n", "models.py:27: models:raises: calling it raises ValueError: no"),
        (LIVE.replace("small", "smal"), "n", "archdiff.toml:3: models:smal: 'models' has no 'smal'"),
        (PAIR.replace("original.txt", "ref:nothing/at_all"), "n", "archdiff.toml:4: no reference 'nothing/at_all'"),
        (PAIR.replace("printed.txt", "-"), "n", "archdiff.toml:3:1: a check has no standard input"),
        (PAIR + "input-shape = [1, -1]\n", "n", "archdiff.toml:5:1: not sizes"),
        (PAIR + "input-shape = [3]\n", "n", "printed.txt:2: input 3 does not run through Sequential"),
        (PAIR + "claims = 'maybe'\n", "n", "archdiff.toml:5:1: claims = 'maybe': no such value"),
        (PAIR + "ignore = [{ rule = 'AD4' }]\n", "n", "archdiff.toml:5: an ignore without a reason"),
        (PAIR + "ignore = [{ reason = 'x' }]\n", "n", "archdiff.toml:5: ignores everything"),
        (PAIR + "ignore = [{ rule = 'AD55', reason = 'x' }]\n", "n", "archdiff.toml:5:13: no rule 'AD55'"),
        ("select = ['AD55']\n" + PAIR, "archdiff.toml", "archdiff.toml:1: no rule 'AD55'"),
        ("extends = 'archdiff.toml'\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: extends itself: archdiff.toml"),
        ("extends = 'none.toml'\n" + PAIR, "archdiff.toml", "archdiff.toml:1:1: extends none.toml: no such file"),
        ("extends = 'original.txt'\n" + PAIR, "original.txt", "original.txt:1:11: not TOML: Expected '='"),
        (PAIR + PAIR.replace('"n"', '"m"'), "m", "archdiff.toml:8:1: the same pair stands in line 1: printed.txt"),
        (PAIR + PAIR.replace("original", "third"), "n", "archdiff.toml:6:1: 'n' is the name of another pair"),
    ],
    ids=lambda value: "" if "[[" in value else value,
)  # fmt: skip
def test_one_clear_error_and_the_other_pairs_run(repo: Path, text: str, pair: str, error: str) -> None:
    last = '[[pairs]]\nname = "last"\ncandidate = "original.txt"\nreference = "original.txt"\n'
    (repo / "archdiff.toml").write_text(text + last)
    answer = check()
    errors = [(result.name, str(result.error)) for result in answer.results if result.error]
    assert len(errors) == 1
    assert errors[0][0] == pair
    assert errors[0][1].partition("\n")[0].startswith(error)
    assert answer.results[-1].name == "last"
    assert known(answer.results[-1].outcome).verdict == "identical"


def test_a_circle_of_two(repo: Path) -> None:
    (repo / "archdiff.toml").write_text("extends = 'b.toml'\n" + PAIR)
    (repo / "b.toml").write_text("\nextends = ['archdiff.toml']\n")
    (error,) = (result.error for result in check().results if result.error)
    assert str(error) == "b.toml:2: extends itself: archdiff.toml -> b.toml -> archdiff.toml"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[pairs]\n", "archdiff.toml:1:"),
        ("[[pairs]]\nreference = 'a'\nreference = 'b'\n", "archdiff.toml:3:"),
        ("", "archdiff.toml: no pairs are configured"),
    ],
    ids=["malformed", "a reference given twice", "empty"],
)
def test_a_configuration_that_is_none(repo: Path, text: str, error: str) -> None:
    (repo / "archdiff.toml").write_text(text)
    done = run("check")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {error}")


def test_no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("check")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no archdiff.toml and no [tool.archdiff] in a pyproject.toml here or above")


@pytest.mark.usefixtures("repo")
def test_a_pair_by_name() -> None:
    assert list(told(check(pairs=("text",)))) == ["text"]
    with pytest.raises(archdiff.model.errors.UsageError, match="did you mean 'text'"):
        check(pairs=("txet",))


# Comments in the text


@pytest.mark.parametrize(
    ("line", "comment", "failed"),
    [
        (7, "# archdiff: ignore[AD401] swept", False),
        (6, "# archdiff: ignore[AD401] swept", True),
        (7, "# archdiff: ignore[AD301, training-setting] swept", False),
        (7, "# archdiff: ignore[AD301] another rule", True),
        (7, "# something: ignore[AD401]", True),
    ],
)
def test_a_comment_on_the_line(repo: Path, line: int, comment: str, failed: bool) -> None:
    lines = (repo / "original.txt").read_text().splitlines()
    lines[line - 1] += "  " + comment
    (repo / "commented.txt").write_text("\n".join(lines) + "\n")
    (repo / "archdiff.toml").write_text(PAIR.replace("original.txt", "commented.txt"))
    answer = check()
    assert answer.failed is failed
    assert not answer.unanswered


@pytest.mark.parametrize(("after", "failed"), [(5, True), (6, False), (7, False), (0, True)])
def test_a_comment_beside_the_line(repo: Path, after: int, failed: bool) -> None:
    lines = (repo / "printed.txt").read_text().splitlines()
    lines.insert(after, "  # archdiff: ignore[AD401] swept")
    (repo / "printed.txt").write_text("\n".join(lines) + "\n")
    (repo / "archdiff.toml").write_text(PAIR)
    (repo / "archdiff-baseline.toml").unlink()
    answer = check()
    assert answer.failed is failed
    unused = f"printed.txt:{after + 1}: ignore of AD401 no longer matches anything"
    assert answer.remarks == ((unused,) if failed else ())


def test_compare_hears_comments_too(repo: Path) -> None:
    change(repo / "printed.txt", "p=0.2, inplace=False)", "p=0.2, inplace=False)  # archdiff: ignore[AD401] swept")
    done = run("compare", "printed.txt", "original.txt")
    assert done.returncode == 0
    assert "note: ignored (swept): AD401 p 0.2, not 0.5\n" in done.stdout
    assert run("compare", "models:small", "original.txt").returncode == 1


@pytest.mark.parametrize(
    ("option", "aside", "counts"),
    [
        (("--select", "AD1"), "left out", "2 left out"),
        (("--ignore", "training-setting"), "ignored", "1 not printed; 1 ignored"),
    ],
    ids=["select", "ignore"],
)
@pytest.mark.usefixtures("repo")
def test_what_is_left_out_is_not_called_identical(option: tuple[str, str], aside: str, counts: str) -> None:
    done = run("compare", "models:small", "original.txt", *option)
    assert done.returncode == 0
    told = f"training, all {aside}: the same in inference, different while training"
    assert done.stdout.startswith(told)
    assert counts in done.stdout.splitlines()


def test_a_comment_that_means_no_rule(repo: Path) -> None:
    change(repo / "printed.txt", "(2): ReLU()", "(2): ReLU()  # archdiff: ignore[AD999] no such rule")
    error = told(check(pairs=("text",)))["text"]
    assert error == "printed.txt:4: ignore[AD999]: no such rule"


def test_an_ignore_that_matches_nothing_is_reported(repo: Path) -> None:
    (repo / "archdiff.toml").write_text(
        "ignore = [{ rule = 'AD501', reason = 'x' }]\n" + PAIR + "ignore = [{ path = 'features.*', reason = 'x' }]\n"
    )
    (repo / "archdiff-baseline.toml").unlink()
    assert check().remarks == (
        "archdiff.toml:6: ignore of every rule at features.* no longer matches anything",
        "archdiff.toml:1: ignore of AD501 no longer matches anything",
    )
    assert run("check").stderr.startswith("warning: archdiff.toml:6: ignore of every rule")


# The baseline


def test_update_accepts_what_differs_today(repo: Path) -> None:
    (repo / "archdiff-baseline.toml").unlink()
    assert check().failed
    assert not check(update=True, reason="so be it", expires=date(2027, 1, 1)).failed
    text = (repo / "archdiff-baseline.toml").read_text()
    assert text.count('reason = "so be it"\nexpires = 2027-01-01\n') == 2
    assert not check().failed
    assert run("check", "--update").stderr == "archdiff-baseline.toml: 2 accepted\n"
    assert (repo / "archdiff-baseline.toml").read_text() == text


@pytest.mark.parametrize("format_name", names())
@pytest.mark.usefixtures("repo")
def test_no_report_calls_what_was_accepted_identical(format_name: str) -> None:
    shown = find(format_name).render(check().results, View())
    assert "identical" not in shown.rpartition("</style>")[2]  # a page has a style for every verdict
    if format_name in ("terminal", "markdown"):
        assert shown.count("training, all accepted") == 2
    if format_name == "json":
        outcomes = [result["outcome"] for result in json.loads(shown)["results"]]
        assert [(each["verdict"], each["open"], each["hidden"]) for each in outcomes] == [("training", [], 1)] * 2
    if format_name == "sarif":
        run = json.loads(shown)["runs"][0]
        assert [(pair["verdict"], pair["open"]) for pair in run["properties"]["pairs"]] == [("training", [])] * 2
        reason = "0.2 is what the authors' code has; the paper says 0.5"
        aside = [each["suppressions"] for each in run["results"] if each["ruleId"] == "AD401"]
        assert aside == [[{"kind": "external", "justification": reason}]] * 2


def block(index: int, p: float) -> str:
    return f"  ({index}): Block(\n    (fc): Linear(8, 8)\n    (drop): Dropout(p={p})\n  )\n"


def test_one_difference_in_five_places_is_one_entry(repo: Path) -> None:
    (repo / "archdiff.toml").write_text(PAIR)
    (repo / "archdiff-baseline.toml").unlink()
    for name, p in (("printed.txt", 0.2), ("original.txt", 0.5)):
        (repo / name).write_text(f"Sequential(\n{''.join(block(index, p) for index in range(5))})\n")
    assert check(update=True, reason="swept").written == "archdiff-baseline.toml: 1 accepted"
    text = (repo / "archdiff-baseline.toml").read_text()
    assert (text.count("[[accepted]]"), text.count('  ["')) == (1, 5)
    assert not check().failed

    change(repo / "archdiff-baseline.toml", '  ["1.drop", "1.drop"],\n  ["2.drop", "2.drop"],\n', "")
    answer = check()
    (open_,), (accepted,) = known(answer.results[0].outcome).findings, answer.results[0].accepted
    assert [known(place).path for place, _ in open_.places] == ["1.drop", "2.drop"]
    assert [known(place).path for place, _ in accepted.finding.places] == ["0.drop", "3.drop", "4.drop"]

    (repo / "original.txt").write_text((repo / "original.txt").read_text().replace("p=0.5", "p=0.2", 1))
    assert check().remarks == (
        "archdiff-baseline.toml:5: AD401 of n no longer matches anything at 0.drop; --update removes it",
    )


def test_entries_of_a_configuration_that_was_not_read_in_full_stay(repo: Path) -> None:
    text = (repo / "archdiff-baseline.toml").read_text()
    (repo / "archdiff.toml").write_text("extends = 'base.toml'\n" + PAIR.replace("printed.txt", "original.txt"))
    (repo / "base.toml").write_text("[[pairs]\n")
    assert check(update=True).unanswered
    assert (repo / "archdiff-baseline.toml").read_text() == text


STAGE = (
    "Net(\n  (layer1): Sequential(\n    (0): Block(\n      (conv): Conv2d(8, 8, kernel_size=(3, 3))\n{}    )\n  )\n)\n"
)
DOWN = "(down): Sequential(\n(0): Conv2d(8, 8, kernel_size=(1, 1))\n(1): BatchNorm2d(8)\n)\n"


def test_other_words_do_not_touch_the_baseline(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (repo / "printed.txt").write_text(STAGE.format(""))
    (repo / "original.txt").write_text(STAGE.format(DOWN))
    (repo / "archdiff.toml").write_text(PAIR)
    (repo / "archdiff-baseline.toml").unlink()
    before = check(update=True, reason="known")
    text = (repo / "archdiff-baseline.toml").read_text()
    for code in messages.SENTENCES:
        monkeypatch.setitem(messages.SENTENCES, code, "in other words")
    after = check()
    assert (after.failed, after.remarks) == (before.failed, ()) == (False, ())
    assert [accepted.finding.message for accepted in after.results[0].accepted] == ["in other words"]
    check(update=True)
    assert (repo / "archdiff-baseline.toml").read_text() == text


def test_text_may_move(repo: Path) -> None:
    for name in ("printed.txt", "original.txt"):
        change(repo / name, "Sequential(", "\n\nSome words.\n\nSequential(")
    assert not check().failed


@pytest.mark.parametrize(
    ("old", "new"),
    [("p=0.2", "p=0.3"), ("(5): Drop", "(6): Drop"), ("(2): ReLU()", "(2): Dropout(p=0.2)\n  (9): ReLU()")],
)
def test_another_value_or_path_is_not_accepted(repo: Path, old: str, new: str) -> None:
    change(repo / "printed.txt", old, new)
    assert check(pairs=("text",)).failed


def test_a_swap_with_another_layer_is_not_accepted(repo: Path) -> None:
    (repo / "archdiff.toml").write_text(PAIR)
    text = (repo / "printed.txt").read_text()
    pool, relu = "AvgPool2d(kernel_size=2, stride=2, padding=0)", "ReLU()"
    (repo / "printed.txt").write_text(text.replace(pool, "@").replace(relu, pool).replace("@", relu))
    assert not check(update=True).failed
    conv = "Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1))"
    (repo / "printed.txt").write_text(text.replace(conv, "@").replace(relu, conv).replace("@", relu))
    assert check().failed


def test_a_paper_that_disagrees_is_told_and_fails_nothing(repo: Path) -> None:
    name = "how_so_dense/mnist_dense_cnn2_sp3"
    (repo / "archdiff.toml").write_text(f'[[pairs]]\nname = "n"\ncandidate = "mine.txt"\nreference = "ref:{name}"\n')
    text = (SPECS / f"{name}.txt").read_text()
    (repo / "mine.txt").write_text(text)
    done = run("check", "--format", "terminal,concise")
    assert (done.returncode, done.stdout.splitlines()[:3]) == (
        0,
        [
            "passed n: identical (1 explained)",
            "       about the paper: Table 3 and its network differ in 1 value, the candidate",
            "       follows its network in 1",
        ],
    )
    # with the filters that the table prints
    wide = text.replace("Conv2d(30, 30", "Conv2d(30, 64").replace("in_features=480", "in_features=1024")
    assert wide != text
    (repo / "mine.txt").write_text(wide)
    told = run("check").stdout
    assert "AD001" in told
    assert "follows the paper in 1" in " ".join(told.split())
    change(repo / "archdiff.toml", "[[pairs]]", 'claims = "off"\n[[pairs]]')
    assert "AD001" not in run("check", "--all").stdout


def test_an_entry_that_matches_nothing_is_reported_and_removed(repo: Path) -> None:
    change(repo / "printed.txt", "p=0.2", "p=0.5")
    remark = "archdiff-baseline.toml:15: AD401 of text no longer matches anything; --update removes it"
    assert check().remarks == (remark,)
    check(update=True)
    assert check().remarks == ()
    assert (repo / "archdiff-baseline.toml").read_text().count("[[accepted]]") == 1


def test_entries_of_what_was_not_looked_at_stay(repo: Path) -> None:
    text = (repo / "archdiff-baseline.toml").read_text()
    check(pairs=("text",), update=True)
    check(select=("AD1",), update=True)
    check(ignore=("AD401",), update=True)
    (repo / "gone.txt").write_text("no network")
    change(repo / "archdiff.toml", 'candidate = "printed.txt"', 'candidate = "gone.txt"')
    assert check(update=True).unanswered
    assert (repo / "archdiff-baseline.toml").read_text() == text


OVER = "AD401 of text was accepted until 2026-01-01; --update with --reason or --expires accepts it again"


@pytest.mark.parametrize(
    ("anew", "failed", "remarks", "entry"),
    [
        ({}, True, [OVER], 'reason = "Because it is"\nexpires = 2026-01-01\n'),
        ({"reason": "again"}, False, [], 'reason = "again"\n'),
        ({"expires": TODAY}, False, [], 'reason = "Because it is"\nexpires = 2026-11-23\n'),
    ],
    ids=["asked for nothing", "another reason", "another day"],
)
def test_what_was_accepted_until_a_day_is_asked_for_again(
    repo: Path, anew: dict[str, object], failed: bool, remarks: list[str], entry: str
) -> None:
    file = repo / "archdiff-baseline.toml"
    until = [*file.read_text().split("[[accepted]]\n")]
    until[-1] = re.sub(r"reason = .*\n", 'reason = "Because it is"\nexpires = 2026-01-01\n', until[-1])
    file.write_text("[[accepted]]\n".join(until))
    answer = check(update=True, **anew)
    assert answer.failed is failed
    assert [remark.partition(": ")[2] for remark in answer.remarks] == remarks
    assert answer.written == "archdiff-baseline.toml: 2 accepted"
    assert file.read_text().endswith(entry)
    assert check().failed is failed


@pytest.mark.parametrize(
    ("day", "error"),
    [
        ("2020-01-01", "--expires 2020-01-01: that day is in the past"),
        ("2027-02-29", "--expires 2027-02-29: not a day"),
        ("tomorrow", "--expires tomorrow: not a day"),
    ],
)
def test_a_day_that_cannot_be(repo: Path, day: str, error: str) -> None:
    before = (repo / "archdiff-baseline.toml").read_bytes()
    done = run("check", "--update", "--reason", "x", "--expires", day)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {error}\n")
    assert (repo / "archdiff-baseline.toml").read_bytes() == before


def test_a_baseline_that_may_not_be_written(repo: Path) -> None:
    (repo / "archdiff-baseline.toml").chmod(0o444)
    change(repo / "printed.txt", "p=0.2", "p=0.3")
    before = (repo / "archdiff-baseline.toml").read_text()
    answer = check(update=True)
    assert told(answer) == {
        "archdiff-baseline.toml": "archdiff-baseline.toml: the baseline cannot be written: it is read-only",
        "live": "training",
        "text": "training",
    }
    assert (repo / "archdiff-baseline.toml").read_text() == before
    assert sorted(path.name for path in repo.iterdir() if path.name.startswith(".")) == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[[accepted]\n", "archdiff-baseline.toml:1:"),
        ("[[acepted]]\n", "archdiff-baseline.toml:1:3: unknown key 'acepted'"),
        ("[[accepted]]\npair = 'n'\n", "archdiff-baseline.toml:1: accepted without its rule"),
        ("[[accepted]]\npair = 'n'\nrule = 'AD101'\nexpires = 'x'\n", "archdiff-baseline.toml:4:1: expires is"),
        ("[[accepted]]\npair = 'n'\nrule = 'AD101'\nvalue = 1\n", "archdiff-baseline.toml:4:1: unknown key 'value'"),
        ("[[accepted]]\npair = 'n'\nrule = 'AD101'\n" * 2, "archdiff-baseline.toml:4: accepted twice, also in line 1"),
    ],
    ids=["malformed", "no table", "no rule", "day as text", "unknown key", "twice"],
)  # fmt: skip
def test_a_baseline_that_is_none(repo: Path, text: str, error: str) -> None:
    (repo / "archdiff-baseline.toml").write_text(text)
    answer = check()
    assert told(answer)["archdiff-baseline.toml"].startswith(error)
    assert told(answer)["text"] == "training"
    before = (repo / "archdiff-baseline.toml").read_text()
    check(update=True)
    assert (repo / "archdiff-baseline.toml").read_text() == before


def test_a_value_that_toml_has_to_quote(repo: Path) -> None:
    for name, value in {"printed.txt": '"a\\\\b"', "original.txt": "'\"'"}.items():
        change(repo / name, "(2): ReLU()", f"(2): Odd(mode={value})")
    (repo / "archdiff.toml").write_text(PAIR)
    assert check().failed
    assert not check(update=True, reason='"quoted"\n\x1b').failed
    assert not check().failed


def test_a_comparison_says_where_the_candidate_follows_the_paper_alone(repo: Path) -> None:
    """What follows the network is as it should be, and no news."""
    name = "how_so_dense/mnist_dense_cnn2_sp3"
    text = (SPECS / f"{name}.txt").read_text()
    (repo / "mine.txt").write_text(text)
    assert "about the paper" not in run("compare", "mine.txt", f"ref:{name}").stdout
    wide = text.replace("Conv2d(30, 30", "Conv2d(30, 64").replace("in_features=480", "in_features=1024")
    (repo / "mine.txt").write_text(wide)
    told = " ".join(run("compare", "mine.txt", f"ref:{name}").stdout.split())
    assert (
        "note: about the paper: Table 3 and its network differ in 1 value, the candidate follows the paper in 1" in told
    )
    assert "about the paper" not in run("compare", f"ref:{name}", "mine.txt").stdout
