"""pytest: `assert_same_architecture`, as a fixture or imported from here, and `--archdiff-update`.

Loaded whenever pytest starts, so nothing but pytest stands at the top of this module. Needs no configuration.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

if TYPE_CHECKING:
    from archdiff.model.network import Network
    from archdiff.model.result import Result
    from archdiff.policy.apply import Policy


class _Use(NamedTuple):
    """What a test of a run with --archdiff-update holds against a reference file."""

    file: str  # absolute: tests change folders
    line: int  # of the network in it; 0 where there is no file
    text: str  # the print of the other side
    test: str
    writes: bool  # whether it is to be written there


class _Session:
    """What the options of this run of pytest say, and what its tests want to be written."""

    update = False
    unknown = ""
    strict: tuple[str, ...] = ()
    uses: list[_Use]
    remarks: list[str]  # for the end of the run


_session = _Session()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options of archdiff to pytest."""
    group = parser.getgroup("archdiff")
    group.addoption(
        "--archdiff-update",
        action="store_true",
        help="write networks that differ from their reference into the reference file: print, facts and traces",
    )
    group.addoption(
        "--archdiff-unknown",
        choices=("fail", "pass"),
        default="fail",
        help="whether differences of unknown effect fail tests that do not set unknown themselves (default: fail)",
    )
    group.addoption(
        "--archdiff-strict",
        metavar="FACT,...",
        default="",
        help="facts that must be printed: all, or num_heads,AD701, for tests that do not set strict themselves",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Reads them."""
    _session.update = bool(config.getoption("--archdiff-update"))
    _session.unknown = str(config.getoption("--archdiff-unknown"))
    _session.strict = tuple(filter(None, str(config.getoption("--archdiff-strict")).split(",")))
    _session.uses, _session.remarks = [], []


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes what the tests want to be written; a worker of pytest-xdist hands that to the process that reports."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_WORKER] = [tuple(use) for use in _session.uses]
        return
    refused = list(_write(_session.uses))
    if refused and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    _session.remarks += refused


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What the tests of a worker of pytest-xdist want to be written."""
    _session.uses += [_Use(*use) for use in getattr(node, "workeroutput", {}).get(_WORKER, ())]


_WORKER: Final = "archdiff"  # in what a worker hands over


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says what was written and what was not."""
    for remark in _session.remarks:
        terminalreporter.write_line(f"archdiff: {remark}")


@pytest.fixture(name="assert_same_architecture", scope="session")
def _fixture() -> Callable[..., None]:
    return assert_same_architecture


def assert_same_architecture(
    model_or_text: Any,
    reference: Any,
    *,
    fail_on: str = "init",
    unknown: str | None = None,
    strict: str | Iterable[str] | None = None,
    input_shape: Sequence[int] | None = None,
    ignore: Iterable[str] = (),
) -> None:
    """Fails where a network differs from its reference, with a line for each finding.

    With `pytest --archdiff-update` a reference file that differs is written anew, when all tests have run.

    Args:
        model_or_text: the candidate: a `torch.nn.Module`, the text that one prints, or an address (`FILE`, `FILE#NAME`,
            `ref:NAME`, `package.module:factory`), told apart as by `archdiff.read`. A file is looked for beside the
            test, then in the working directory.
        reference: the original, as any of these.
        fail_on: the weakest effect that fails: "cosmetic", "equivalent", "state", "init", "training", "inference" or
            "function".
        unknown: "fail" or "pass": what a difference of unknown effect does. Default: `--archdiff-unknown`.
        strict: facts that must be printed: "all", or settings and rules (`["num_heads", "AD701"]`). Default:
            `--archdiff-strict`.
        input_shape: sizes of the input without the batch: `(1, 32, 32)`. Default: solved from the prints.
        ignore: rules (`AD401`, `training-setting`), or rules at a path (`AD401:features.*`).

    Raises:
        AssertionError: what differs.
        ArchdiffError: a network cannot be read, or written with --archdiff-update; an argument makes no sense.
        TypeError: one of the two is neither a module nor a text or an address.
    """
    __tracebackhide__ = True
    beside = os.path.dirname(sys._getframe(1).f_globals.get("__file__", ""))
    from archdiff.model.errors import ArchdiffError

    try:
        policy = _policy(fail_on, unknown, strict, ignore)
        message = _compared(model_or_text, reference, beside, policy, input_shape)
    except ArchdiffError as error:  # says all that there is to say: the lines that led to it are no help
        raise error.with_traceback(None) from None
    if message:
        raise AssertionError(message)


def _compared(source: Any, reference: Any, beside: str, policy: Policy, input_shape: Sequence[int] | None) -> str:
    """The message of what fails; "" where nothing does, or where it is to be written."""
    own, address = _address(source, beside), _address(reference, beside)
    why_not = _not_written(address, own)
    if not why_not and "#" not in address and not os.path.lexists(address):
        _first(address, _text(source, input_shape))
        return ""
    known = _network(reference, beside)
    if _session.update and not why_not and not isinstance(source, str) and _other_shape(known, input_shape):
        _use(address, known, _text(source, input_shape), writes=True)
        return ""
    result = _result(own or source, known, input_shape, policy)
    if not _session.update:
        return _message(result) if result.failed else ""
    if result.failed and why_not:
        return f"{_message(result)}\n--archdiff-update writes nothing: {why_not}"
    if not why_not:
        _use(address, known, _text(source, input_shape), writes=result.failed)
    return ""


def _policy(fail_on: str, unknown: str | None, strict: str | Iterable[str] | None, ignore: Iterable[str]) -> Policy:
    """What counts, by the arguments of the test, else by the options of pytest."""
    from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS, Effect
    from archdiff.policy import apply

    unknown = unknown or _session.unknown or ON_UNKNOWN[0]
    words = _session.strict if strict is None else _words("strict", strict, '"all", or ["num_heads", "AD701"]')
    return apply.Policy(
        fail_on=Effect[_one_of("fail_on", fail_on, THRESHOLDS).upper()],
        unknown=_one_of("unknown", unknown, ON_UNKNOWN),
        strict=apply.strict_facts(words, "strict"),
        ignores=[apply.ignore_of(word) for word in _words("ignore", ignore, '["AD401", "AD401:features.*"]')],
    )


def _words(name: str, value: object, way_out: str) -> list[str]:
    """An argument that is a text or several."""
    words = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else None
    if words is None or not all(isinstance(word, str) for word in words):
        raise _no_such_value(name, value, way_out)
    return words


def _no_such_value(name: str, value: object, way_out: str) -> Exception:
    from archdiff.model.errors import UsageError

    return UsageError(f"{name}={value!r}: no such value", way_out=way_out)


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise _no_such_value(name, value, f"one of {', '.join(allowed)}")
    return value


def _result(candidate: Any, reference: Network, input_shape: Sequence[int] | None, policy: Policy) -> Result:
    from dataclasses import replace

    from archdiff import api
    from archdiff.policy import apply

    outcome = api.compare(candidate, reference, input_shape=input_shape)
    ignores = (*policy.ignores, *apply.written_ignores(outcome))
    return apply.evaluate(outcome, replace(policy, ignores=ignores)).result


def _message(result: Result) -> str:
    from archdiff import report
    from archdiff.report import _summary

    assert result.outcome, "it has failed"
    failing = sum(map(result.fails, result.outcome.findings))
    counted = "1 finding that counts" if failing == 1 else f"{failing} findings that count"
    first = f"{_summary.verdicts(result.outcome)}: {counted}"
    return f"{first}\n{report.find('concise').render([result], report.View()).rstrip()}"


# Sources


def _network(source: Any, beside: str) -> Network:
    from archdiff import api

    return api.read(_address(source, beside) or source)


def _address(source: Any, beside: str) -> str:
    """The address that a source is; "" where it is a module or a text."""
    from archdiff import parse

    if isinstance(source, os.PathLike):
        source = os.fspath(source)
    elif not isinstance(source, str) or parse.is_text(source):
        return ""
    if parse.is_elsewhere(source) or parse.is_live(source) or os.path.isabs(source):
        return str(source)
    near = os.path.join(beside, source)
    here = os.path.exists(_path(source)) and not os.path.exists(_path(near))
    return source if here else os.path.relpath(near)


def _path(address: str) -> str:
    from archdiff import parse

    return parse.split_address(address)[0]


def _text(source: Any, input_shape: Sequence[int] | None) -> str:
    from archdiff import api

    return source if isinstance(source, str) else api.snapshot(source, input_shape=input_shape)


def _other_shape(known: Network, input_shape: Sequence[int] | None) -> bool:
    """Whether a text holds traces that were made with other sizes than those that are given."""
    from archdiff import sources

    return bool(input_shape) and sources.has_other_sizes(known, tuple(input_shape or ()))


# --archdiff-update


def _not_written(reference: str, candidate: str) -> str:
    """Why nothing is written over a reference, by the addresses of both sides; "" where a print can be."""
    from archdiff import parse

    if parse.is_live(reference):
        return f"{reference} is a live module"
    if _NO_FILE.match(reference) and not os.path.lexists(reference):
        return f"{reference} is not a file"
    if not reference:
        return "the reference is not a file"
    return f"{candidate} is not a model" if candidate else ""


_NO_FILE: Final = re.compile("[a-z]{2,}:")  # begins `ref:NAME` and what else names a text that is not in a folder


def _first(address: str, text: str) -> None:
    """The first reference: what the model prints, holds and does, and nothing else."""
    from archdiff.model.errors import UsageError

    if not _session.update:
        raise UsageError("no such file; pytest --archdiff-update writes what the model prints", source=address)
    _use(address, None, text, writes=True)


def _use(address: str, known: Network | None, text: str, writes: bool) -> None:
    """Notes it for the end of the run.

    Raises:
        UsageError: the file cannot be written over, or another test prints another network for the same place.
    """
    from archdiff.model.errors import UsageError

    path = _path(address)
    if writes and known:
        if not os.stat(path).st_mode & stat.S_IWUSR or not os.access(path, os.W_OK):
            raise UsageError("--archdiff-update cannot write it: it is read-only", source=path)
        _check_plain(path, known, text)
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" (")[0]
    use = _Use(os.path.realpath(path), known.first_line if known else 0, text, test, writes)
    _session.uses.append(use)
    others = [each.test for each in _session.uses if _clash(each, use)]
    if others:
        message = f"--archdiff-update does not write it: {others[0]} uses it for another network"
        raise UsageError(message, source=address, way_out="use a file, or a heading in it, for each")


def _clash(one: _Use, other: _Use) -> bool:
    same_place = (one.file, one.line) == (other.file, other.line)
    return same_place and one.text != other.text and (one.writes or other.writes)


def _check_plain(path: str, known: Network, text: str) -> None:
    """Raises UsageError where the print of a network cannot be replaced by another one, so that it reads back."""
    from archdiff import parse
    from archdiff.model.errors import ArchdiffError, UsageError
    from archdiff.parse.replace import replaced

    try:
        with open(path, encoding="utf-8", newline="") as file:
            new = replaced(file.read(), known, text)
        roots = [network.root for network in parse.parse(new, path) if network.first_line == known.first_line]
        if roots == [parse.parse(text)[0].root]:
            return
    except (UnicodeDecodeError, ArchdiffError):
        pass
    raise UsageError("not a plain print, so it is not written over", source=path, line=known.first_line)


def _write(uses: Sequence[_Use]) -> Iterator[str]:
    """Writes what tests agree on, file by file, and remarks that; gives what was not written."""
    from itertools import groupby

    by_place = sorted(set(uses), key=lambda use: (use.file, -use.line, use.test))  # from below: lines above stay
    for file, of_file in groupby(by_place, key=lambda use: use.file):
        shown = os.path.relpath(file)
        wanted: list[_Use] = []
        for _, of_place in groupby(of_file, key=lambda use: use.line):
            here = list(of_place)
            tests = {use.text: use.test for use in here}
            if len(tests) > 1 and any(use.writes for use in here):
                yield f"{shown} is not written: {' and '.join(tests.values())} use it for different networks"
            else:
                wanted += [use for use in here if use.writes][:1]
        if wanted and (error := _write_file(shown, wanted)):
            yield error
        elif wanted:
            _session.remarks.append(f"{shown} is written; read the difference before you commit it")


def _write_file(path: str, wanted: Sequence[_Use]) -> str:
    """One file with all that is wanted of it, the lowest place first; why it could not be written."""
    from archdiff import parse
    from archdiff.model import files
    from archdiff.model.errors import ArchdiffError
    from archdiff.parse.replace import replaced

    try:
        if [use.line for use in wanted] == [0] and not os.path.lexists(path):
            files.write(path, wanted[0].text)
            return ""
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
        networks = {network.first_line: network for network in parse.parse(text, path)}
        for use in wanted:
            text = replaced(text, networks[use.line], use.text)
        files.write(path, text)
    except (ArchdiffError, OSError, KeyError) as error:
        why = error.message if isinstance(error, ArchdiffError) else "it was changed in the meantime"
        return f"{path} is not written: {why}"
    return ""
