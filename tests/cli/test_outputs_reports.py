"""Reports on the command line: several in one run, files, the job summary, and exit codes that no format swallows."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from archdiff import report
from cli.command import NETWORKS, SMALL, run

FORMATS = report.names()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in NETWORKS.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "mine.txt").write_text(SMALL)
    return tmp_path


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(("reference", "code"), [("same.txt", 0), ("wide.txt", 1), ("none.txt", 2)])
def test_no_format_swallows_the_exit_code(folder: Path, name: str, reference: str, code: int) -> None:
    for options in (["--format", name], ["--format", name, "--output-file", "out"]):
        done = run("compare", "mine.txt", reference, *options, cwd=folder)
        assert done.returncode == code
        assert (done.stderr == "") == (code != 2)
    if code == 2:
        assert "none.txt" in (folder / "out").read_text()
        assert done.stderr.startswith("error: none.txt: no such file")


def test_several_in_one_run(folder: Path) -> None:
    options = ["--format", "terminal,github", *(f"--output-file={name}=out.{name}" for name in ("sarif", "junit"))]
    done = run("compare", "mine.txt", "wide.txt", *options, cwd=folder)
    assert done.returncode == 1
    assert done.stdout.startswith("function: ")
    assert "\n::error file=mine.txt,line=2,title=AD301 setting::" in done.stdout
    assert json.loads((folder / "out.sarif").read_text())["version"] == "2.1.0"
    assert ElementTree.parse(folder / "out.junit").getroot().tag == "testsuites"
    assert sorted(path.name for path in folder.glob("out*")) == ["out.junit", "out.sarif"]


def test_a_file_has_neither_colour_nor_notes(folder: Path) -> None:
    plain = run("compare", "mine.txt", "wide.txt", cwd=folder).stdout
    done = run("compare", "mine.txt", "wide.txt", "--output-file", "out", "--color", "always", cwd=folder)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert (folder / "out").read_text() == plain


def test_the_environment_sets_them_too(folder: Path) -> None:
    done = run(
        "compare", "mine.txt", "wide.txt", cwd=folder, ARCHDIFF_FORMAT="concise", ARCHDIFF_OUTPUT_FILE="json=out"
    )
    assert done.stdout == "mine.txt:2: AD301 function 0: out_features 3, not 5\n"
    assert json.loads((folder / "out").read_text())["verdict"] == "function"


def test_the_job_summary(folder: Path) -> None:
    page = folder / "summary.md"
    asked = ["compare", "mine.txt", "wide.txt", "--format"]
    run(*asked, "terminal", cwd=folder, GITHUB_STEP_SUMMARY=str(page))
    assert not page.exists()
    for _ in range(2):
        assert run(*asked, "github", cwd=folder, GITHUB_STEP_SUMMARY=str(page)).returncode == 1
    assert page.read_text() == 2 * run(*asked, "markdown", cwd=folder).stdout
    done = run(*asked, "github", cwd=folder, GITHUB_STEP_SUMMARY=str(folder / "none" / "summary.md"))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].endswith("summary.md: cannot be written: No such file or directory")
    run("compare", "mine.txt", "none.txt", "--format", "github", cwd=folder, GITHUB_STEP_SUMMARY=str(page))
    assert "no such file" in page.read_text()


def test_an_error_is_told_once_to_people_and_in_full_to_machines(folder: Path) -> None:
    asked = ["compare", "mine.txt", "cut.txt", "--format"]
    assert run(*asked, "terminal", cwd=folder).stdout == ""
    assert run(*asked, "concise", cwd=folder).stdout == ""
    assert json.loads(run(*asked, "json", cwd=folder).stdout)["schema"] == "archdiff/error/1"
    assert run(*asked, "github", cwd=folder).stdout.startswith("::error file=cut.txt,line=2,")
    assert ElementTree.fromstring(run(*asked, "junit", cwd=folder).stdout).get("errors") == "1"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--output-file", "none/out"], "none/out: cannot be written: no such folder"),
        (["--output-file", "."], ".: cannot be written: is a directory"),
        (["--output-file", "sarfi=out"], "--output-file sarfi: no such value"),
        (["--format", "json,sarif"], "cannot share standard output"),
    ],
)
def test_a_file_that_cannot_be_written(folder: Path, options: list[str], told: str) -> None:
    before = sorted(folder.iterdir())
    done = run("compare", "mine.txt", "wide.txt", *options, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    assert sorted(folder.iterdir()) == before


EXTENDED = 'extends = "base.toml"\nbaseline = "known.toml"\n[[pairs]]\ncandidate = "mine.txt"\nreference = "same.txt"\n'
BASE = '[[pairs]]\nname = "wide"\ncandidate = "mine.txt"\nreference = "wide.txt"\n'


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["compare", "mine.txt", "wide.txt", "--output-file", "json=mine.txt"], "mine.txt"),
        (["compare", "mine.txt", "wide.txt#1", "--output-file", "json=wide.txt"], "wide.txt"),
        (["compare", "mine.txt", "wide.txt", "--output-file", "json=link.txt"], "mine.txt"),
        (["compare", "mine.txt", "wide.txt", "--output-file", "json=wide.toml"], "wide.toml"),
        (["compare", "mine.txt", "nets:make", "--output-file", "json=nets.py"], "nets.py"),
        (["check", "--output-file", "sarif=archdiff.toml"], "archdiff.toml"),
        (["check", "--output-file", "sarif=base.toml"], "base.toml"),
        (["check", "--output-file", "sarif=known.toml"], "known.toml"),
        (["check", "--output-file", "sarif=wide.toml"], "wide.toml"),
        (["check", "same.txt", "--output-file", "sarif=wide.txt"], "wide.txt"),
        (["bench", "mine.txt", "wide.txt", "--output-file", "mine.txt"], "mine.txt"),
        (["bench", "mine.txt", "wide.txt", "--against", "known.toml", "--output-file", "known.toml"], "known.toml"),
        (["keys", "mine.txt", "wide.txt", "--apply", "base.toml", "wide.txt"], "wide.txt"),
    ],
)
def test_no_report_is_written_over_what_is_read(folder: Path, arguments: list[str], file: str) -> None:
    (folder / "link.txt").symlink_to("mine.txt")
    (folder / "wide.toml").write_text("input_shape = [4]\n")
    (folder / "archdiff.toml").write_text(EXTENDED)
    (folder / "base.toml").write_text(BASE)
    (folder / "known.toml").write_text("version = 2\n")
    (folder / "nets.py").write_text("raise RuntimeError('nothing may run')\n")
    before = (folder / file).read_bytes()
    done = run(*arguments, cwd=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is an input" in done.stderr
    assert "\n  help: choose another file for the report\n" in done.stderr
    assert (folder / file).read_bytes() == before
    assert not list(folder.glob("*.tmp"))


def test_the_page_of_a_job_is_not_what_is_read(folder: Path) -> None:
    done = run("compare", "mine.txt", "wide.txt", "--format", "github", cwd=folder, GITHUB_STEP_SUMMARY="wide.txt")
    assert done.returncode == 2
    assert done.stderr.startswith("error: wide.txt: is an input: ")
    assert (folder / "wide.txt").read_text() == NETWORKS["wide.txt"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (["--output-file", "/dev/full"], "function: "),  # nothing else is there: it is not lost
        (["--format", "json", "--output-file", "/dev/full"], "{"),
        (["--output-file", "json=/dev/full"], "function: "),
        (["--format", "concise", "--output-file", "json=/dev/full", "--output-file", "sarif=out"], "mine.txt:2: "),
    ],
)
def test_what_was_found_is_not_lost_where_a_file_cannot_be_written(
    folder: Path, options: list[str], begins: str
) -> None:
    done = run("compare", "mine.txt", "wide.txt", *options, cwd=folder)
    assert done.returncode == 2
    assert done.stdout.startswith(begins)
    assert done.stderr == "error: /dev/full: cannot be written: No space left on device\n"
    assert (folder / "out").exists() == ("sarif=out" in options)


def test_a_check_of_a_folder_names_files_as_the_repository_has_them(folder: Path) -> None:
    (folder / "paper").mkdir()
    pair = '[[pairs]]\ncandidate = "mine.txt"\nreference = "wide.txt"\n'
    (folder / "archdiff.toml").write_text(pair)
    options = ("check", "--format", "github", "--output-file", "sarif=out.sarif")
    done = run(*options, cwd=folder / "paper", GITHUB_WORKSPACE=str(folder))
    assert done.stdout.startswith("::error file=mine.txt,line=2,title=AD301 setting (../mine.txt)::")
    read = json.loads((folder / "paper" / "out.sarif").read_text())["runs"][0]
    assert read["originalUriBaseIds"] == {"%SRCROOT%": {"uri": f"file://{folder}/"}}
    located = read["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert located == {"uri": "mine.txt", "uriBaseId": "%SRCROOT%"}
    assert "(../mine.txt:1-4)" in run("check", cwd=folder / "paper", GITHUB_WORKSPACE=str(folder)).stdout


def test_a_network_is_shown_in_two_formats(folder: Path) -> None:
    for name in FORMATS:
        done = run("show", "mine.txt", "--format", name, cwd=folder)
        assert done.returncode == (0 if name in ("json", "terminal") else 2)
