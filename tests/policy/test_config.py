# ruff: noqa: E501  (tables: a case a line)
"""A configuration as values, and what is wrong with it, each with its place. What a check makes of it: `test_check`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archdiff.model.effects import Effect
from archdiff.model.errors import ReadError, UsageError
from archdiff.policy import config
from archdiff.policy.config import Config, ConfiguredPair
from archdiff.policy.ignores import Ignore

PAIR = '[[pairs]]\ncandidate = "mine.txt"\nreference = "original.txt"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(folder: Path, text: str, name: str = "archdiff.toml") -> Config:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return config.read(name)


def only(found: Config) -> ConfiguredPair:
    (pair,) = found.pairs
    assert pair.problem is None
    assert found.problems == ()
    return pair


def test_what_holds_where_nothing_is_said(folder: Path) -> None:
    found = read(folder, PAIR)
    assert (found.source, found.folder, found.files) == ("archdiff.toml", "", ("archdiff.toml",))
    assert (found.baseline, found.select, found.ignores) == ("archdiff-baseline.toml", (), ())
    pair = only(found)
    assert (pair.name, pair.candidate, pair.reference) == ("mine.txt", "mine.txt", "original.txt")
    assert (pair.input_shape, pair.fail_on, pair.unknown, pair.strict) == (None, Effect.INIT, "fail", ())
    assert (pair.claims, pair.ignores) == ("tell", ())
    assert (pair.source, pair.line, pair.lines) == ("archdiff.toml", 1, {"candidate": 2, "reference": 3})


SETTINGS = [
    ('fail-on = "function"', "fail_on", Effect.FUNCTION),
    ('unknown = "pass"', "unknown", "pass"),
    ('strict = "all"', "strict", ("all",)),
    ('strict = ["num_heads", "AD701"]', "strict", ("num_heads", "AD701")),
    ('claims = "off"', "claims", "off"),
    ("input-shape = [1, 32, 32]", "input_shape", (1, 32, 32)),
]


@pytest.mark.parametrize(("line", "name", "value"), SETTINGS, ids=[line for line, *_ in SETTINGS])
def test_a_setting_of_the_file_or_of_the_pair(folder: Path, line: str, name: str, value: object) -> None:
    assert getattr(only(read(folder, f"{line}\n{PAIR}")), name) == value
    assert getattr(only(read(folder, f"{PAIR}{line}\n")), name) == value


def test_the_pair_goes_before_the_file(folder: Path) -> None:
    found = read(folder, f'fail-on = "function"\nunknown = "pass"\n{PAIR}fail-on = "training"\n')
    assert (only(found).fail_on, only(found).unknown) == (Effect.TRAINING, "pass")


def test_ignores_of_both(folder: Path) -> None:
    found = read(
        folder, f'ignore = [{{ rule = "AD4", reason = "a" }}]\n{PAIR}ignore = [{{ path = "b.*", reason = "b" }}]\n'
    )
    ids = ("AD401",)
    assert found.ignores == (Ignore(ids, "", "a", "archdiff.toml", 1),)
    assert only(found).ignores == (Ignore((), "b.*", "b", "archdiff.toml", 5),)


def test_rules_by_words(folder: Path) -> None:
    assert read(folder, f'select = ["AD401", "layer-order"]\n{PAIR}').select == ("AD401", "AD101")
    assert read(folder, f'select = "AD2"\n{PAIR}').select == ("AD201", "AD202")


@pytest.mark.parametrize(
    ("address", "from_here"),
    [
        ("mine.txt", "sub/mine.txt"),
        ("mine.txt#Net", "sub/mine.txt#Net"),
        ("../mine.txt", "mine.txt"),
        ("models:factory", "models:factory"),
        ("ref:how_so_dense/gsc_sparse_cnn2", "ref:how_so_dense/gsc_sparse_cnn2"),
        ("git:HEAD:mine.txt", "git:HEAD:mine.txt"),
        ("git:HEAD:./mine.txt", "git:HEAD:./sub/mine.txt"),
    ],
)
def test_addresses_are_those_of_the_file(folder: Path, address: str, from_here: str) -> None:
    text = f'baseline = "known.toml"\n[[pairs]]\ncandidate = "{address}"\nreference = "{address}x"\n'
    found = read(folder, text, "sub/archdiff.toml")
    assert only(found).candidate == from_here
    assert (found.folder, found.baseline) == ("sub/", "sub/known.toml")


def test_names_of_pairs(folder: Path) -> None:
    pairs = [
        '[[pairs]]\ncandidate = "a.txt"\nreference = "b.txt"\n',
        '[[pairs]]\ncandidate = "a.txt"\nreference = "c.txt"\n',
        '[[pairs]]\nname = "n"\ncandidate = "a.txt"\nreference = "d.txt"\n',
        '[[pairs]]\nreference = "e.txt"\n',
    ]
    found = read(folder, "".join(pairs))
    assert [pair.name for pair in found.pairs] == ["a.txt", "a.txt against c.txt", "n", "e.txt"]
    assert [pair.claims for pair in found.pairs] == ["tell", "tell", "tell", "fail"]


def test_a_pair_for_several_published_networks(folder: Path) -> None:
    own = '[[pairs]]\nname = "own"\nreference = "ref:how_so_dense/mnist_dense_cnn1"\nclaims = "tell"\n'
    found = read(folder, f'[[pairs]]\nreference = "ref:how_so_dense/mnist_d*"\n{own}')
    assert [(pair.name, pair.reference, pair.claims, pair.line) for pair in found.pairs] == [
        (f"ref:how_so_dense/{name}", f"ref:how_so_dense/{name}", "fail", 1)
        for name in ("mnist_dense_cnn2", "mnist_dense_cnn2_sp3")
    ] + [("own", "ref:how_so_dense/mnist_dense_cnn1", "tell", 3)]


PROBLEMS = [
    # name, text, message, line
    ("an unknown word", f'fail_on = "init"\n{PAIR}', "unknown key 'fail_on'", 1),
    ("an unknown word of a pair", f'{PAIR}failon = "init"\n', "unknown key 'failon'", 4),
    ("a value that is none", f'fail-on = "never"\n{PAIR}', "fail-on = 'never': no such value", 1),
    ("a rule that is none", f'select = ["AD999"]\n{PAIR}', "no rule 'AD999'", 1),
    ("nothing of that name", '[[pairs]]\nreference = "ref:resnets/*"\n', "no reference that comes with archdiff is called 'ref:resnets/*'", 2),
    ("no list", f"select = 3\n{PAIR}", "select is not a list", 1),
    ("no text", f"baseline = 3\n{PAIR}", "baseline is not a text in quotes", 1),
    ("no shape", f"input-shape = [0]\n{PAIR}", "not sizes", 1),
    ("an ignore without a reason", f'ignore = [{{ rule = "AD4" }}]\n{PAIR}', "an ignore without a reason", 1),
    ("an ignore of everything", f'ignore = [{{ reason = "x" }}]\n{PAIR}', "ignores everything", 1),
    ("an ignore that is none", f"ignore = [3]\n{PAIR}", "an ignore is a table", 1),
    ("no pairs", "pairs = 3\n", "pairs is not a list", 1),
    ("outside of the repository", f'baseline = "../known.toml"\n{PAIR}', "../known.toml: outside of the repository ({})", 1),
    ("extends what is not there", f'extends = "none.toml"\n{PAIR}', "extends none.toml: no such file", 1),
    ("extends itself", f'extends = "archdiff.toml"\n{PAIR}', "extends itself: archdiff.toml -> archdiff.toml", 1),
]  # fmt: skip
OF_A_PAIR = [
    ("no table", "pairs = [3]\n", "a pair is a table: [[pairs]]", 1),
    ("no reference", '[[pairs]]\ncandidate = "a.txt"\n', "a pair without a reference", 1),
    ("standard input", PAIR.replace("mine.txt", "-"), "a check has no standard input", 2),
    ("a word that is none", f'{PAIR}claims = "maybe"\n', "claims = 'maybe': no such value", 4),
    ("a configuration of no side", '[[pairs]]\nreference = "a.txt"\ncandidate-config = "c.json"\n', "candidate-config without a candidate", 3),
    ("a configuration outside", f'{PAIR}reference-config = "../c.json"\n', "../c.json: outside of the repository ({})", 4),
    ("twice", PAIR + PAIR, "the same pair stands in line 1: mine.txt against original.txt", 6),
    ("a name twice", f'[[pairs]]\nname = "n"\n{PAIR[10:]}[[pairs]]\nname = "n"\nreference = "c.txt"\n', "'n' is the name of another pair, in line 1", 6),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "line"), [row[1:] for row in PROBLEMS], ids=[row[0] for row in PROBLEMS])
def test_what_is_wrong_with_a_file_does_not_end_it(folder: Path, text: str, message: str, line: int) -> None:
    found = read(folder, text)
    problems = [*found.problems, *(pair.problem for pair in found.pairs if pair.problem)]
    assert [(problem.message, problem.line) for problem in problems] == [(message.format(folder), line)]
    assert all(problem.source == "archdiff.toml" for problem in problems)
    assert len(found.pairs) == text.count("[[pairs]]")


@pytest.mark.parametrize(("text", "message", "line"), [row[1:] for row in OF_A_PAIR], ids=[row[0] for row in OF_A_PAIR])
def test_what_is_wrong_with_a_pair_is_kept_with_it(folder: Path, text: str, message: str, line: int) -> None:
    found = read(folder, text)
    problem = found.pairs[-1].problem
    assert problem is not None
    assert (problem.message, problem.line, found.problems) == (message.format(folder), line, ())


def test_configurations_of_both_sides(folder: Path) -> None:
    sides = 'candidate-config = "a/config.json"\nreference-config = "b.json"\n'
    pair = only(read(folder, PAIR + sides))
    assert (pair.candidate_config, pair.reference_config) == ("a/config.json", "b.json")
    both = read(folder, f'{PAIR}{sides}{PAIR}name = "bare"\n')  # the same texts without them are another pair
    assert [each.problem for each in both.pairs] == [None, None]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("pairs = [", "archdiff.toml", "Invalid value"),
        ("[tool.other]\n", "pyproject.toml", "no [tool.archdiff] in it"),
        ("[tool]\narchdiff = 3\n", "pyproject.toml", "tool.archdiff is not a table"),
    ],
    ids=["no TOML", "no table", "another value"],
)
def test_a_file_that_is_none(folder: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        read(folder, text, name)
    assert message in str(caught.value)


def test_pairs_of_a_pyproject(folder: Path) -> None:
    text = f"[tool.archdiff]\nselect = 'AD4'\n[[tool.archdiff.pairs]]\n{PAIR[10:]}"
    assert only(read(folder, text, "pyproject.toml")).reference == "original.txt"


def test_what_a_file_extends_comes_first_and_gives_way(folder: Path) -> None:
    (folder / "base").mkdir()
    (folder / "base" / "more.toml").write_text(
        'select = ["AD101"]\nignore = [{ rule = "AD4", reason = "base" }]\n'
        '[[pairs]]\nname = "n"\ncandidate = "a.txt"\nreference = "b.txt"\n'
        '[[pairs]]\nname = "m"\ncandidate = "c.txt"\nreference = "d.txt"\n'
    )
    found = read(folder, f'extends = "base/more.toml"\n{PAIR}name = "m"\n')
    assert [(pair.name, pair.candidate) for pair in found.pairs] == [("n", "base/a.txt"), ("m", "mine.txt")]
    assert (found.select, [ignore.reason for ignore in found.ignores]) == (("AD101",), ["base"])
    assert found.files == ("archdiff.toml", "base/more.toml")
    own = read(folder, f'extends = ["base/more.toml"]\nselect = "AD301"\n{PAIR}')
    assert own.select == ("AD301",)


@pytest.mark.parametrize("name", config.NAMES)
def test_the_nearest_file_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    (folder / name).write_text("[tool.archdiff]\n")
    (folder / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(folder / "a" / "b")
    assert config.find(".") == os.path.join("..", "..", name)
    (folder / "a" / "pyproject.toml").write_text("[tool.other]\n")
    assert config.find(".") == os.path.join("..", "..", name)
    (folder / "a" / "archdiff.toml").touch()
    assert config.find(".") == os.path.join("..", "archdiff.toml")


def test_what_is_above_the_repository_is_somebody_else_s(folder: Path) -> None:
    (folder / "archdiff.toml").touch()
    (folder / "inner" / ".git").mkdir(parents=True)
    with pytest.raises(UsageError, match=r"no archdiff\.toml and no \[tool\.archdiff\] in a pyproject\.toml"):
        config.find(str(folder / "inner"))
