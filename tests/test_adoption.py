"""What others copy: options in pages, action and hook exist, and the examples of docs/ci.md work as they stand."""

from __future__ import annotations

import re
import shutil
import tomllib
from fnmatch import fnmatchcase
from importlib import resources
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from archdiff import parse
from archdiff.parse import toml
from archdiff.policy import claims, config, quantities
from cli.command import run

ROOT = Path(__file__).parent.parent
FILES = ("docs/ci.md", "action.yml", ".pre-commit-hooks.yaml", "reference_specs/README.md")
PAGES = ("README.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")))


def commands() -> set[tuple[str, str]]:
    """(command, option) of every `archdiff COMMAND ... --option` in these files."""
    found = set()
    for file in {*FILES, *PAGES}:
        for line in (ROOT / file).read_text().splitlines():
            for command, rest in re.findall(
                r"archdiff[\"`]* (check|match|compare|show|rule|keys|bench|source)\b([^`#|]*)", line
            ):
                found |= {(command, option) for option in re.findall(r"--[a-z-]+", rest)} | {(command, "--help")}
    return found


def test_every_option_that_is_named_exists() -> None:
    named = commands()
    assert {("check", "--update"), ("check", "--output-file"), ("check", "--format"), ("match", "--help")} <= named
    for command in sorted({command for command, _ in named}):
        told = run(command, "--help").stdout
        assert [option for name, option in named if name == command and option not in told] == []


def test_the_examples_of_the_configuration_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.S)
    (tmp_path / "inner").mkdir()
    (tmp_path / ".git").mkdir()  # a configuration extends what is in its repository
    (tmp_path / "archdiff-base.toml").write_text("")
    monkeypatch.chdir(tmp_path / "inner")
    for text in (first, second):
        Path("archdiff.toml").write_text(text)
        read = config.read("archdiff.toml")
        assert [*read.problems, *(pair.problem for pair in read.pairs if pair.problem)] == []
        assert len(read.pairs) == 1


def test_this_repository_passes_its_own_check() -> None:
    """The environment of the action may be empty."""
    done = run("check", cwd=ROOT, ARCHDIFF_CONFIG="", ARCHDIFF_FAIL_ON="")
    assert (done.returncode, done.stderr) == (0, "")
    pairs = len(parse.shipped())
    assert done.stdout.endswith(f"{pairs} pairs: {pairs} passed, 0 failed\n")


def test_that_it_could_fail(tmp_path: Path) -> None:
    """Without what the specs say of where their papers are wrong."""
    specs = tmp_path / "reference_specs"
    shutil.copytree(ROOT / "reference_specs", specs)
    spec = specs / "how_so_dense" / "mnist_dense_cnn2_sp3"
    text = spec.with_suffix(".toml").read_text()
    without, number = re.subn(r', because = "[^"]*"', "", text)
    assert number == 1
    spec.with_suffix(".toml").write_text(without)
    (tmp_path / "archdiff.toml").write_text(f'[[pairs]]\nreference = "{spec.relative_to(tmp_path)}.txt"\n')
    done = run("check", "--format", "concise", cwd=tmp_path)
    assert done.returncode == 1
    told = [line.partition(" ")[2].partition(" for ")[0] for line in done.stdout.splitlines()]
    assert told == ["AD001 unknown cnnSdr.cnnSdr2_cnn: Table 3 of the paper prints 64"]


def test_the_example_of_claims_is_read(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "reference_specs/README.md").read_text(), re.S)
    (tmp_path / "x.toml").write_text(text)
    printed = [claim.printed.text for claim in claims.read(toml.read(str(tmp_path / "x.toml")))]
    assert printed == ["64", "9.5 %", "64", "0.8"]


def test_every_quantity_is_documented() -> None:
    told = (ROOT / "reference_specs/README.md").read_text()
    assert [name for name in quantities.QUANTITIES if f"`{name}`" not in told] == []


# What is installed without torch


def pinned(file: str) -> dict[str, str]:
    """The version of every package that a file pins."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / file).read_text().splitlines())
    return {canonicalize_name(line.partition("==")[0]): line.partition("==")[2] for line in lines if line}


def needed(text: str) -> Requirement | None:
    """A requirement that holds here; None where its marker says that it does not, or that an extra asks for it."""
    found = Requirement(text)
    return found if found.marker is None or found.marker.evaluate({"extra": ""}) else None


def project() -> dict[str, list[str]]:
    read: dict[str, list[str]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return read


def test_without_torch_is_all_but_torch() -> None:
    locked = pinned("without-torch.txt")
    direct = {canonicalize_name(Requirement(each).name) for each in project()["dependencies"]}
    assert direct - set(locked) == {"torch"}
    wanted = set(direct)
    for name in locked:
        for found in filter(None, map(needed, requires(name) or ())):
            assert locked.get(canonicalize_name(found.name), "") in found.specifier, f"{name} needs {found}"
            wanted.add(canonicalize_name(found.name))
    assert wanted == {*locked, "torch"}  # nothing in it that nothing needs


def test_the_versions_are_those_of_the_tests() -> None:
    locked, tested = pinned("without-torch.txt"), pinned("constraints.txt")
    assert {name: locked[name] for name in locked if name in tested} == {
        name: tested[name] for name in ("rich", "typer", "deepdiff")
    }
    for each in map(Requirement, project()["dependencies"]):
        assert tested[canonicalize_name(each.name)] in each.specifier


def test_every_input_of_the_action_is_documented_and_used() -> None:
    text = (ROOT / "action.yml").read_text()
    inputs = re.findall(r"^  ([a-z-]+):\n    description:", text, re.M)
    assert inputs == ["config", "fail-on", "sarif", "requirements", "constraints", "python-version"]
    documented = (ROOT / "docs/ci.md").read_text()
    assert [name for name in inputs if f"| `{name}` |" not in documented] == []
    assert [name for name in inputs if f"${{{{ inputs.{name} }}}}" not in text] == []


def test_the_hook_installs_no_torch() -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    assert "additional_dependencies: [--no-deps, -r, without-torch.txt]" in text


def test_the_sdist_holds_what_its_tests_read() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    named = {*settings["include"], "/README.md", "/pyproject.toml", "/LICENSE"}  # hatchling adds these
    read = {"constraints.txt", "without-torch.txt", "archdiff.toml", *FILES}
    assert [file for file in sorted(read) if f"/{file}" not in named and f"/{file.split('/')[0]}" not in named] == []
    assert [file for file in named if not (ROOT / file[1:]).exists()] == []


def _is_data(path: Path) -> bool:
    return path.is_file() and path.suffix not in (".py", ".pyc")


DATA = sorted(path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if _is_data(path))


@pytest.mark.parametrize("file", DATA)
def test_each_file_that_is_no_code_is_in_the_package(file: str) -> None:
    """Read as an installed package is, and not left out by what git ignores, which leaves it out of a wheel too."""
    package, *names = file.split("/")
    assert resources.files(package).joinpath(*names).read_bytes() == (ROOT / "src" / file).read_bytes()
    ignored = (ROOT / ".gitignore").read_text().split()
    parts = [f"{part}/" for part in file.split("/")[:-1]] + [file.rpartition("/")[2]]
    assert [pattern for pattern in ignored for part in parts if fnmatchcase(part, pattern)] == []


def test_a_wheel_holds_all_of_the_package() -> None:
    """With no list of files that a new one would be missing from."""
    assert {"archdiff/py.typed", "archdiff/diff/variants.toml"} <= set(DATA)
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"] == {
        "packages": ["src/archdiff"],
        "force-include": {"reference_specs": "archdiff/reference_specs"},
    }
    assert set(build) == {"targets"}
