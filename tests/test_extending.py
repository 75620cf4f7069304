"""Whatever CONTRIBUTING.md says can be added is one file or one row, and works in every command at once.

Each test does as a contributor does: it adds to a checkout of its own, and runs the command of that checkout.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import NamedTuple

import pytest

import archdiff
from archdiff import report as reports
from archdiff.cli import commands
from archdiff.diff import messages
from archdiff.execute.bench import metrics
from archdiff.execute.devices import device
from archdiff.model import catalogue
from archdiff.parse import readers
from archdiff.semantics import kinds, rules, runs
from test_mismatches import CASES

PACKAGE = Path(archdiff.__file__).parent
ROOT = Path(__file__).parents[1]
OURS = ("ARCHDIFF_", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "GITHUB_")  # what the command looks at


class Checkout(NamedTuple):
    """A copy of the package in a folder, which is where its command runs."""

    folder: Path

    def file(self, module: ModuleType) -> Path:
        """The file of a module, or the folder of a package, in this checkout."""
        assert module.__file__
        file = self.folder / "src" / Path(module.__file__).relative_to(PACKAGE.parent)
        return file.parent if file.name == "__init__.py" else file

    def write(self, name: str, text: str) -> Path:
        """A file of this name, or a leaf file in the folder of a package."""
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"))
        return file

    def add(self, package: ModuleType, name: str, text: str) -> Path:
        """A leaf file of a package."""
        return self.write(str((self.file(package) / f"{name}.py").relative_to(self.folder)), text)

    def edit(self, module: ModuleType, old: str, new: str) -> None:
        """A row more in a table."""
        file = self.file(module)
        text = file.read_text()
        assert text.count(old) == 1
        file.write_text(text.replace(old, new))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(self.folder, [self.folder / "src"], "archdiff", *arguments)


def run(folder: Path, path: Iterable[Path], module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`python -m archdiff` in a folder, with others in front of those that Python imports from."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    line = [sys.executable, "-m", module, *arguments]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    shutil.copytree(PACKAGE, tmp_path / "src" / "archdiff")
    return Checkout(tmp_path)


def network(*layers: str, name: str = "Sequential") -> str:
    return "".join([f"{name}(\n", *(f"  ({number}): {layer}\n" for number, layer in enumerate(layers)), ")\n"])


LINEAR = "Linear(in_features=4, out_features=4, bias=True)"
CONV = "Conv2d(1, 8, kernel_size=(1, 1), stride=(1, 1))"


def write_pair(folder: Path, mine: tuple[str, ...], original: tuple[str, ...]) -> None:
    (folder / "mine.txt").write_text(network(*mine))
    (folder / "original.txt").write_text(network(*original))


# A kind of layer

SWOOSH = """
    from archdiff.model.effects import Effect
    from archdiff.semantics.kinds import Field, Kind, Trait

    KINDS = (
        Kind(
            name="swoosh",
            classes={"Swoosh": {}},
            fields=(Field("beta", 1.0), Field("rate", 0.1, Effect.TRAINING)),
            traits=frozenset({Trait.ELEMENTWISE, Trait.FUNCTIONAL}),
        ),
    )
"""
TWO_RATES = ((LINEAR, "Swoosh(rate=0.1)"), (LINEAR, "Swoosh(beta=1.0, rate=0.2)"))


def concise(done: subprocess.CompletedProcess[str]) -> tuple[int, list[str]]:
    """The exit code, and what stands behind the place on each line of `--format concise`."""
    assert done.stderr == ""
    return done.returncode, [line.partition(": ")[2] for line in done.stdout.splitlines()]


COMPARE = ("compare", "mine.txt", "original.txt", "--format", "concise", "--all")
UNKNOWN_KIND = [
    "AD301 function 1: rate 0.1, not 0.2",
    "AD301 unknown 1: beta is not printed by the candidate; the other side has 1.0",
]
KNOWN_KIND = [
    "AD401 training 1: rate 0.1, not 0.2",
    "AD302 cosmetic 1: printed differently, or by one side only, with the same meaning: Swoosh beta",
]


def test_a_kind(checkout: Checkout) -> None:
    write_pair(checkout.folder, *TWO_RATES)
    assert concise(checkout.run(*COMPARE)) == (1, UNKNOWN_KIND)
    checkout.add(kinds, "acme", SWOOSH)
    assert concise(checkout.run(*COMPARE)) == (1, KNOWN_KIND)
    (shown,) = json.loads(checkout.run("show", "mine.txt", "--format", "json").stdout)["networks"]
    assert [layer["kind"] for layer in shown["layers"]] == ["linear", "swoosh"]


def install(folder: Path, name: str, kinds_of_it: str, entry: str = "acme.kinds:KINDS") -> None:
    """What `pip install` leaves of a distribution whose package is `acme`."""
    metadata = folder / f"{name.replace('-', '_')}-1.2.dist-info"
    (folder / "acme").mkdir(parents=True, exist_ok=True)
    metadata.mkdir()
    (folder / "acme" / "__init__.py").touch()
    (folder / "acme" / "kinds.py").write_text(dedent(kinds_of_it))
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (metadata / "entry_points.txt").write_text(f"[archdiff.kinds]\nacme = {entry}\n")


def test_a_kind_of_an_installed_package(tmp_path: Path) -> None:
    write_pair(tmp_path, *TWO_RATES)
    site = tmp_path / "site"
    path = (site, PACKAGE.parent)
    assert concise(run(tmp_path, path, "archdiff", *COMPARE)) == (1, UNKNOWN_KIND)
    install(site, "acme-layers", SWOOSH)
    assert concise(run(tmp_path, path, "archdiff", *COMPARE)) == (1, KNOWN_KIND)


def test_an_installed_package_that_is_broken(tmp_path: Path) -> None:
    """It is named, also where no network has a layer of it: as pytest and flake8 do with plugins."""
    write_pair(tmp_path, (LINEAR,), (LINEAR,))
    install(tmp_path / "site", "acme-layers", "import no_such_module")
    done = run(tmp_path, (tmp_path / "site", PACKAGE.parent), "archdiff", "compare", "mine.txt", "mine.txt")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "error: acme-layers 1.2 (acme.kinds:KINDS): cannot be loaded into archdiff.kinds: ModuleNotFoundError: "
        "No module named 'no_such_module'\n  help: repair acme-layers, or uninstall it\n",
    )


# When two spellings are one

CLAMP = """
    from archdiff.model.effects import Effect
    from archdiff.semantics.kinds import by_name
    from archdiff.semantics.rules import Rule


    def _rewrite(layer):
        children = tuple(_named(child) for child in layer.children)
        return None if children == layer.children else layer._replace(children=children)


    def _named(layer):
        values = {setting.name: setting.value for setting in layer.settings}
        if layer.kind or layer.class_name != "Clamp" or values != {"low": 0, "high": 6}:
            return layer
        return layer._replace(kind="relu6", settings=())


    RULE = Rule(
        name="clamp",
        effect=Effect.EQUIVALENT,
        because="with these bounds it is ReLU6",
        rewrite=_rewrite,
        finding="",  # the two layers are compared, which tells it
    )
"""


def test_a_rule(checkout: Checkout) -> None:
    write_pair(checkout.folder, (LINEAR, "Clamp(low=0, high=6)"), (LINEAR, "ReLU6()"))
    unknown = "AD105 unknown 1: Clamp, not ReLU6: no print shows what Clamp computes"
    assert concise(checkout.run(*COMPARE)) == (1, [unknown])
    checkout.add(rules, "clamp", CLAMP)
    assert concise(checkout.run(*COMPARE)) == (
        0,
        ["AD105 equivalent 1: Clamp and ReLU6 compute the same function with these settings"],
    )
    write_pair(checkout.folder, (LINEAR, "Clamp(low=0, high=5)"), (LINEAR, "ReLU6()"))
    assert concise(checkout.run(*COMPARE)) == (1, [unknown])


SHUFFLED = """
    from archdiff.semantics.runs import Rewritten, RunRule


    def _rewrite(run):
        for at, (first, second) in enumerate(zip(run, run[1:])):
            names = first.kind.name, second.kind.name
            if names == ("pixel_shuffle", "pixel_unshuffle"):
                if first.settings["upscale_factor"] == second.settings["downscale_factor"]:
                    return Rewritten((*run[:at], *run[at + 2 :]))
        return None


    RULE = RunRule(name="shuffled", because="the second puts back what the first has moved", rewrite=_rewrite)
"""


def test_a_rule_of_layers_in_order(checkout: Checkout) -> None:
    there_and_back = "PixelShuffle(upscale_factor=2)", "PixelUnshuffle(downscale_factor=2)"
    write_pair(checkout.folder, (CONV, *there_and_back, "ReLU()"), (CONV, "ReLU()"))
    names = ("PixelShuffle", "PixelUnshuffle")
    extra = [f"AD104 function {at}: only in the candidate: {name}" for at, name in enumerate(names, 1)]
    assert concise(checkout.run(*COMPARE)) == (1, extra)
    checkout.add(runs, "shuffled", SHUFFLED)
    assert concise(checkout.run(*COMPARE)) == (
        0,
        [
            "AD104 equivalent 1: only in the candidate: PixelShuffle, PixelUnshuffle: a function of each number alone "
            "passes what only moves, copies or ranks numbers; the second puts back what the first has moved"
        ],
    )


# What is read

ACME = """
    from archdiff.parse import Document, Format, parse


    def _read(source, text, blocks):
        _, *layers = text.splitlines()
        lines = ["Sequential(", *("  ({}): {}".format(*layer.split(" = ")) for layer in layers), ")"]
        return Document(source, parse("\\n".join(lines), source, blocks))


    FORMAT = Format("acme", 5, lambda text: text.startswith("acme network\\n"), _read)
"""


def test_a_reader(checkout: Checkout) -> None:
    checkout.write("mine.txt", f"acme network\nfc = {LINEAR}\nact = ReLU()\n")
    checkout.write("original.txt", network(LINEAR, "Tanh()"))
    done = checkout.run("compare", "mine.txt", "original.txt")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: mine.txt: no printed network in it\n")
    checkout.add(readers, "acme", ACME)
    done = checkout.run(*COMPARE)
    assert done.stdout.splitlines()[0] == "mine.txt:3: AD105 function act: ReLU, not Tanh"
    assert (done.returncode, done.stderr) == (1, "")


# What is written

CSV = """
    from archdiff.model import inert
    from archdiff.report import Report


    def _lines(rows):
        return "".join(inert.line(",".join(row)) + "\\n" for row in rows)


    def _rows(results):
        for result in results:
            if result.error:
                yield result.name, "error", result.error.message
            for finding in result.outcome.findings if result.outcome else ():
                yield result.name, finding.rule, finding.effect.word, finding.message


    def _networks(networks, view):
        return _lines((each.label, layer.path, layer.kind) for each in networks for layer in each.layers)


    REPORT = Report(render=lambda results, view: _lines(_rows(results)), show=_networks)
"""


def test_a_report(checkout: Checkout) -> None:
    write_pair(checkout.folder, (LINEAR, "ReLU()"), (LINEAR, "Tanh()"))
    checkout.add(reports, "csv", CSV)
    compare = ("compare", "mine.txt", "original.txt")
    done = checkout.run(*compare, "--format", "csv")
    assert (done.returncode, done.stdout, done.stderr) == (1, ",AD105,function,ReLU, not Tanh\n", "")
    checkout.run(*compare, "--output-file", "csv=report.csv")
    assert (checkout.folder / "report.csv").read_text() == done.stdout
    assert checkout.run("show", "mine.txt", "--format", "csv").stdout == "Sequential,0,linear\nSequential,1,relu\n"
    assert "concise, csv, github" in checkout.run("compare", "--help").stdout
    refused = checkout.run("show", "mine.txt", "--format", "sarif")
    assert (refused.returncode, refused.stderr) == (
        2,
        "error: --format sarif: no such value\n  help: one of csv, json, terminal\n",
    )


# What is measured

LARGEST = """
    \"\"\"The largest weight.\"\"\"

    from archdiff.execute.bench.metrics import Metric

    METRIC = Metric("", "neither", lambda subject: max(float(each.max()) for each in subject.module.parameters()))
"""


def test_a_metric_on_a_device(checkout: Checkout) -> None:
    """One that archdiff does not know: what it runs on and how it is timed is all in its row."""
    checkout.write("mine.txt", network(LINEAR, "ReLU()"))
    checkout.add(metrics, "largest_weight", LARGEST)
    row = "Final[Mapping[str, _DeviceRow]] = {\n"
    checkout.edit(
        device, row, f'{row}    "xpu": _DeviceRow(lambda place, threads: Cpu(torch.device("cpu")), lambda: 1),\n'
    )
    line = ("bench", "mine.txt", "mine.txt", "--device", "xpu", "--format", "json", "--budget", "1")
    done = checkout.run(*line)
    record = json.loads(done.stdout)
    (point,) = record["points"]
    assert (record["settings"]["device"], point["clock"]) == ("xpu", "cpu")
    assert point["errors"].keys() <= {"budget"}  # on a busy machine a round may take longer
    assert done.returncode == (2 if point["errors"] else 0)
    (largest,) = [value for value in point["values"] if value["name"] == "largest_weight"]
    assert 0 < largest.pop("candidate") == largest.pop("reference") <= 0.5  # torch draws them up to 1/sqrt(4)
    assert largest == {
        "name": "largest_weight", "unit": "", "direction": "neither", "definition": "The largest weight.", "note": ""
    }  # fmt: skip


# Commands

COUNT = """
    from archdiff import commands
    from archdiff.cli.arguments import made
    from archdiff.cli.streams import write


    def count_layers(network: str) -> None:
        (shown,) = commands.show(commands.Request(network))
        write(f"{len(shown.layers)}\\n")


    COMMAND = made(count_layers, short_help="How many layers it has.")
"""


def test_a_command(checkout: Checkout) -> None:
    checkout.write("mine.txt", network(LINEAR, "ReLU()"))
    checkout.add(commands, "count_layers", COUNT)
    done = checkout.run("count-layers", "mine.txt")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")
    assert "  count-layers  How many layers it has.\n" in checkout.run("--help").stdout


# What cannot be taken


@pytest.mark.parametrize(
    ("package", "name", "text", "arguments", "error"),
    [
        (rules, "second", "from archdiff.semantics.rules.identity import RULE", COMPARE,
         "identity is already in {0}/identity.py"),
        (kinds, "second", "from archdiff.semantics.kinds.dropout import KINDS", COMPARE,
         "the kind dropout is already in {0}/dropout.py"),
        (runs, "second", "from archdiff.semantics.rules.identity import RULE", COMPARE,
         "RULE is of class archdiff.semantics.rules.Rule, not archdiff.semantics.runs.RunRule"),
        (reports, "second", "", (*COMPARE[:3], "--format", "second"), "exports no REPORT"),
        (commands, "show", COUNT, ("count", "mine.txt"), "the command show is already in cli/main.py"),
    ],
    ids=["a rule twice", "a kind twice", "a rule of another sort", "no report", "a command twice"],
)  # fmt: skip
def test_one_clear_error(
    checkout: Checkout, package: ModuleType, name: str, text: str, arguments: tuple[str, ...], error: str
) -> None:
    write_pair(checkout.folder, (LINEAR, "ReLU()"), (LINEAR, "Tanh()"))
    file = checkout.add(package, name, text)
    done = checkout.run(*arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == f"error: {file}: {error.format(file.parent)}"


# A rule id, with a rule whose finding bears it

ENTRY = """
    RuleInfo(
        id="AD309",
        name="run-once",
        one_finding_for="a class that runs its only child once",
        effects=(TRAINING,),
        means="Nothing else is in it.",
        example="Once around a ReLU",
        to_do="Nothing.",
    ),
"""
ONCE = """
    from archdiff.model.effects import Effect
    from archdiff.semantics.rules import Rule, pulled_up


    def _rewrite(layer):
        if all(child.class_name != "Once" for child in layer.children):
            return None
        inside = [pulled_up(each, *each.children) if each.class_name == "Once" else each for each in layer.children]
        return layer._replace(children=tuple(inside))


    RULE = Rule(name="once", effect=Effect.TRAINING, because="as its name says", rewrite=_rewrite, finding="AD309")
"""


def test_a_rule_id(checkout: Checkout) -> None:
    checkout.edit(catalogue, "ENTRIES = (\n", f"ENTRIES = ({ENTRY}")
    checkout.add(rules, "once", ONCE)
    assert checkout.run("rule", "run-once").stdout.startswith(
        "AD309 run-once: one finding for a class that runs its only child once.\n\nNothing else is in it.\n\n"
        "Effect: `training` (only while training)\n\nExample: Once around a ReLU\n\nWhat to do: Nothing.\n\nTo ignore: "
    )
    write_pair(checkout.folder, (LINEAR, "Once(\n(child): ReLU()\n)"), (LINEAR, "ReLU()"))
    done = checkout.run(*COMPARE[:3], "--format", "concise", "--output-file", "sarif=report.sarif")
    assert concise(done) == (1, ["AD309 training once in the candidate (Sequential (2 children)): as its name says"])
    (sarif,) = json.loads((checkout.folder / "report.sarif").read_text())["runs"]
    assert ("AD309", "run-once") in [(rule["id"], rule["name"]) for rule in sarif["tool"]["driver"]["rules"]]
    assert concise(checkout.run(*COMPARE[:5], "--ignore", "run-once"))[0] == 0


# A paper

RESNET = """
    ResNet(
      (conv1): Conv2d(3, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
      (bn1): BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      (relu): ReLU(inplace=True)
      (layer1): Sequential(
        (0): BasicBlock(
          (conv1): Conv2d(8, 16, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
          (bn1): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
          (relu): ReLU(inplace=True)
          (conv2): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)
          (bn2): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
          (downsample): Sequential(
            (0): Conv2d(8, 16, kernel_size=(1, 1), stride=(2, 2), bias=False)
            (1): BatchNorm2d(16, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
          )
        )
      )
      (avgpool): AdaptiveAvgPool2d(output_size=(1, 1))
      (fc): Linear(in_features=16, out_features=10, bias=True)
    )
"""
SPEC = """
    title = "Small residual network"
    source = "a paper"
    url = "https://example.org/paper"

    [[claims]]
    where = "Table 1"
    said = [
      { says = "filters", of = "filters", layer = "conv1", value = "8" },
      { says = "weights", of = "weights", value = "3,960" },
    ]
"""
PAPER_README = """\
# A paper

<!-- table: networks -->
"""
CONTRACT = "tests/policy/test_claims.py"
NEW = "paper/resnet or readme or configuration"  # what is new, and what is about all papers


def test_a_paper_with_a_residual_network(checkout: Checkout) -> None:
    """The five steps of reference_specs/README.md, and nothing else."""
    for name in ("reference_specs", "archdiff.toml", "pyproject.toml", "tests/known.py", CONTRACT):
        (checkout.folder / name).parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, checkout.folder / name)
    checkout.write("reference_specs/paper/resnet.txt", RESNET)  # 1
    checkout.write("reference_specs/paper/resnet.toml", SPEC)  # 2
    shown = checkout.run("show", "reference_specs/paper/resnet.txt")  # 3
    assert (shown.returncode, shown.stdout.splitlines()[2]) == (
        0,
        "at least 4,082 parameters, multiply-accumulates unknown",
    )
    checked = checkout.run("check")  # 4
    assert checked.returncode == 0
    assert "passed ref:paper/resnet: identical" in checked.stdout.splitlines()
    checkout.write("reference_specs/paper/README.md", PAPER_README)  # 5
    made = run(checkout.folder, [checkout.folder / "src"], "reference_specs.write", "--readme", "paper")
    assert made.stdout == "reference_specs/paper/README.md\n", made.stderr
    assert (
        "| `resnet` | Small residual network | 4,082 | not known |"
        in (checkout.folder / "reference_specs/paper/README.md").read_text()
    )
    checkout.write("mine.txt", RESNET.replace("eps=1e-05", "eps=0.001"))
    assert checkout.run("match", "mine.txt").stdout.splitlines()[0] == "nearest: ref:paper/resnet"
    tested = run(
        checkout.folder, [checkout.folder / "src"], "pytest", "-v", "-p", "no:cacheprovider", CONTRACT, "-k", NEW
    )
    assert tested.returncode == 0, tested.stdout
    assert "test_a_spec_says_where_it_is_from[paper/resnet] PASSED" in tested.stdout


# The wording of a message


def without_words(report: object) -> object:
    """A report in JSON without what is there to be read alone."""
    if isinstance(report, dict):
        return {key: without_words(value) for key, value in report.items() if key not in ("message", "notes")}
    return [without_words(each) for each in report] if isinstance(report, list) else report


def test_the_wording_of_every_message(checkout: Checkout) -> None:
    """No identity, no baseline, no group and no exit code depends on words."""
    names = [str(number) for number, _ in enumerate(CASES)]
    for name, (_, mine, original, *_) in zip(names, CASES, strict=True):
        checkout.write(f"{name}/mine.txt", mine)
        checkout.write(f"{name}/original.txt", original)
    pairs = "".join(f'[[pairs]]\ncandidate = "{each}/mine.txt"\nreference = "{each}/original.txt"\n' for each in names)
    checkout.write("archdiff.toml", f'baseline = "accepted.toml"\n{pairs}')
    check = ("check", "--format", "json", "--output-file", "sarif=report.sarif", "--output-file", "concise=report.txt")

    def answers() -> tuple[int, object, list[list[str]], list[tuple[str, object]]]:
        done = checkout.run(*check)
        lines = (checkout.folder / "report.txt").read_text().splitlines()
        log = json.loads((checkout.folder / "report.sarif").read_text())
        results = [(each["ruleId"], each["partialFingerprints"]) for run in log["runs"] for each in run["results"]]
        return done.returncode, without_words(json.loads(done.stdout)), [line.split(" ")[:3] for line in lines], results

    before = answers()
    assert before[0] == 1
    assert len(before[3]) > 50
    assert checkout.run("check", "--update", "--reason", "known").returncode == 0
    accepted = (checkout.folder / "accepted.toml").read_text()
    assert checkout.run("check").returncode == 0
    file = checkout.file(messages)
    file.write_text(f"{file.read_text()}\n\nSENTENCES.update(dict.fromkeys(SENTENCES, 'in other words'))\n")
    done = checkout.run("check", "--update", "--reason", "new")
    assert done.returncode == 0
    assert (checkout.folder / "accepted.toml").read_text() == accepted
    (checkout.folder / "accepted.toml").unlink()
    assert answers() == before
    assert "in other words" in (checkout.folder / "report.txt").read_text()
