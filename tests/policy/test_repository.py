"""What a configuration may name: nothing outside of its repository, and nothing of such a file is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archdiff.model.errors import ArchdiffError
from archdiff.policy import check as checking
from archdiff.policy import repository
from archdiff.policy.check import CheckRequest
from known import known

NET = "Sequential(\n  (0): Linear(in_features=4, out_features=3, bias=True)\n)\n"
PAIR = '[[pairs]]\nname = "n"\ncandidate = "{}"\nreference = "net.txt"\n'
SECRET = "the secret = of this machine"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in `repo/`, with its configurations in `inner/`, beside files that are none of its own."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "inner").mkdir()
    (tmp_path / "secret.txt").write_text(f"{SECRET}\n{NET}")
    (tmp_path / "repo.toml").write_text(PAIR.format("net.txt"))  # begins as the name of the repository does
    for folder in ("", "inner"):
        (tmp_path / "repo" / folder / "net.txt").write_text(NET)
    monkeypatch.chdir(tmp_path / "repo" / "inner")
    return tmp_path


def check(**asked: object) -> list[tuple[str, str]]:
    """[(pair, its verdict or error)]."""
    try:
        results = checking.check(CheckRequest(**asked)).results  # type: ignore[arg-type]  # the fields named
    except ArchdiffError as error:
        return [("", str(error))]
    return [(result.name, str(result.error) if result.error else known(result.outcome).verdict) for result in results]


LINKS = {"link.txt": "../../secret.txt", "link.toml": "../../secret.txt", "here.txt": "../net.txt", "up": "../.."}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(PAIR.format("net.txt"), "", id="beside it"),
        pytest.param(PAIR.format("../net.txt"), "", id="of the repository"),
        pytest.param(PAIR.format("here.txt"), "", id="a link inside of it"),
        pytest.param("extends = '../base.toml'\n" + PAIR.format("net.txt"), "", id="extends in it"),
        pytest.param(PAIR.format("../../secret.txt"), "../../secret.txt", id="above it"),
        pytest.param(PAIR.format("../../secret.txt#x"), "../../secret.txt", id="a network above it"),
        pytest.param(PAIR.format("../../none.txt"), "../../none.txt", id="what is not there"),
        pytest.param(PAIR.format("/etc/passwd"), "/etc/passwd", id="absolute"),
        pytest.param(PAIR.format("link.txt"), "link.txt", id="through a link"),
        pytest.param(PAIR.format("up/secret.txt"), "up/secret.txt", id="through a folder that is a link"),
        pytest.param(PAIR.format("beside.txt"), "beside.toml", id="a spec that is a link"),
        pytest.param("extends = '/etc/passwd'\n", "/etc/passwd", id="extends"),
        pytest.param("extends = ['link.toml']\n", "link.toml", id="extends through a link"),
        pytest.param("extends = '../../repo.toml'\n", "../../repo.toml", id="a name that begins alike"),
        pytest.param("baseline = '/etc/hosts'\n" + PAIR.format("net.txt"), "/etc/hosts", id="baseline"),
        pytest.param("baseline = 'link.toml'\n" + PAIR.format("net.txt"), "link.toml", id="baseline through a link"),
    ],
)
def test_files_outside_are_refused(machine: Path, text: str, error: str) -> None:
    inner = machine / "repo" / "inner"
    for name, target in LINKS.items():
        (inner / name).symlink_to(target)
    (inner / "beside.txt").write_text(NET)
    (inner / "beside.toml").symlink_to("../../secret.txt")
    (machine / "repo" / "base.toml").write_text("")
    (inner / "archdiff.toml").write_text(text)
    told = "\n".join(each for _, each in check())
    assert SECRET not in told
    if error:
        assert f"{error}: outside of the repository ({machine / 'repo'})" in told
        assert f"--allow {error}, if you trust it" in told
    else:
        assert told == "identical"


def test_what_the_command_line_names_is_read(machine: Path) -> None:
    inner = machine / "repo" / "inner"
    (inner / "archdiff.toml").write_text("extends = '../../repo.toml'\n" + PAIR.format("../../secret.txt"))
    named = os.path.join("..", "..", "repo.toml")
    (machine / "net.txt").write_text(NET)
    assert [
        verdict for _, verdict in check(allow=("../../secret.txt", "../../repo.toml", str(machine / "net.txt")))
    ] == ["identical"]
    assert check(allow=(str(machine),)) == [("n", "identical")]
    assert check(config=named) == [("n", "identical")]
    outside = machine / "accepted.toml"
    outside.write_text("version = 3\n")
    (inner / "archdiff.toml").write_text(PAIR.format("net.txt"))
    assert check(baseline=str(outside)) == [("n", "identical")]


@pytest.mark.parametrize("name", ["archdiff.toml", "archdiff-baseline.toml"])
def test_what_is_found_may_be_no_link_to_the_outside(machine: Path, name: str) -> None:
    inner = machine / "repo" / "inner"
    (inner / "archdiff.toml").write_text(PAIR.format("net.txt"))
    (inner / name).unlink(missing_ok=True)
    (inner / name).symlink_to("../../secret.txt")
    told = "\n".join(error for _, error in check(update=True))
    assert f"{name}: outside of the repository" in told
    assert SECRET not in told
    assert (machine / "secret.txt").read_text().startswith(SECRET)


def test_a_configuration_above_the_repository_is_not_found(machine: Path) -> None:
    (machine / "archdiff.toml").write_text(PAIR.format("net.txt"))
    (told,) = check()
    assert told[1].startswith("no archdiff.toml and no [tool.archdiff] in a pyproject.toml here or above")
    (machine / "repo" / "archdiff.toml").write_text(PAIR.format("net.txt"))
    assert check() == [("n", "identical")]


def test_nothing_is_written_for_a_configuration_with_errors(machine: Path) -> None:
    """Its baseline is refused: the default one is no substitute."""
    inner = machine / "repo" / "inner"
    (inner / "archdiff.toml").write_text("baseline = '../../b.toml'\n" + PAIR.format("net.txt"))
    before = sorted(os.listdir(inner))
    assert check(update=True)[-1] == ("n", "identical")
    assert sorted(os.listdir(inner)) == before


def test_without_git_it_is_the_folder_of_the_configuration(machine: Path) -> None:
    (machine / "repo" / ".git").rmdir()
    (machine / "repo" / "inner" / "archdiff.toml").write_text(PAIR.format("../net.txt"))
    (told,) = check()
    assert f"../net.txt: outside of the repository ({machine / 'repo' / 'inner'})" in told[1]


@pytest.mark.parametrize(("path", "held"), [("", True), ("a/b", True), ("..", False), ("../repository", False)])
def test_names_are_compared_whole(tmp_path: Path, path: str, held: bool) -> None:
    (tmp_path / "repo").mkdir()
    where = repository.repository_of(str(tmp_path / "repo" / "archdiff.toml"))
    assert where.holds(str(tmp_path / "repo" / path)) is held


def test_no_live_module_is_run(machine: Path) -> None:
    inner = machine / "repo" / "inner"
    (inner / "mods.py").write_text(f"open({str(machine / 'ran')!r}, 'w').close()\n")
    (inner / "archdiff.toml").write_text(PAIR.format("mods:net") + PAIR.format("net.txt").replace('"n"', '"text"'))
    refused, other = check(live=False)
    assert refused[1].startswith("archdiff.toml:3: mods:net: a live module, which --no-live does not import")
    assert other == ("text", "identical")
    assert not (machine / "ran").exists()


# Configurations that are too much


def chain(folder: Path, files: int, text: str) -> None:
    for index in range(files):
        (folder / f"c{index}.toml").write_text(text.format(index + 1))
    (folder / f"c{files}.toml").write_text("")


@pytest.mark.parametrize(
    ("files", "text", "error"),
    [
        (48, 'extends = "c{}.toml"\n', ""),
        (1000, 'extends = "c{}.toml"\n', "c48.toml:1:1: extends more than 50 files"),
        (40, 'extends = ["c{0}.toml", "c{0}.toml"]\n', "c38.toml:1: extends more than 50 files"),
    ],
    ids=["many", "a chain", "each twice"],
)
def test_files_that_extend_files(machine: Path, files: int, text: str, error: str) -> None:
    inner = machine / "repo" / "inner"
    chain(inner, files, text)
    (inner / "archdiff.toml").write_text("extends = 'c0.toml'\n" + PAIR.format("net.txt"))
    *errors, last = check()
    assert last == ("n", "identical")
    assert errors == [] if not error else error in {told.partition("\n")[0] for _, told in errors}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("#" + "x" * 1_000_000, "archdiff.toml: larger than 1 MB"),
        (f"select = {'[' * 5_000}{']' * 5_000}\n", "archdiff.toml: nested too deep"),
        (f"select = {'{a=' * 5_000}1{'}' * 5_000}\n", "archdiff.toml: nested too deep"),
        ("x = 1\n" + "a." * 20_000 + "b = 1\n", "archdiff.toml:2: nested too deep"),
        ("[" + '"a" . ' * 20_000 + "b]\n", "archdiff.toml:1: nested too deep"),
        ("x = {y = 1, " + "a." * 20_000 + "b = 1}\n", "archdiff.toml:1: nested too deep"),
        (f"input-shape = [{'9' * 5_000}]\n", "archdiff.toml: not TOML: a number has too many digits"),
    ],
    ids=["large", "lists", "tables", "a key", "a header", "a key in a table", "digits"],
)
def test_too_much(machine: Path, text: str, error: str) -> None:
    (machine / "repo" / "inner" / "archdiff.toml").write_text(text)
    assert [told.partition("\n")[0] for _, told in check()] == [error]


def test_a_path_of_many_parts_is_no_key(machine: Path) -> None:
    path = ".".join("a" * 40)
    text = f'ignore = [{{ rule = "AD401", path = "{path}", reason = "{path}" }}]\n'
    (machine / "repo" / "inner" / "archdiff.toml").write_text(text + PAIR.format("net.txt"))
    assert check() == [("n", "identical")]
