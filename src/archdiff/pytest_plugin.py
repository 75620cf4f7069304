"""pytest: `assert_same_architecture`, as a fixture or imported from here, and `--archdiff-update`.

Loaded whenever pytest starts, so nothing but pytest stands at the top of this module. Needs no configuration.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from archdiff.model.network import Network
    from archdiff.policy.apply import Terms
    from archdiff.report import Result

_HERE: Final = "<model>"  # the source of a live module


class _Session:
    """What the options of this run of pytest say, and what was written."""

    update = False
    unknown = ""
    strict: tuple[str, ...] = ()
    written: list[str]


_session = _Session()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("archdiff")
    group.addoption(
        "--archdiff-update",
        action="store_true",
        help="write networks that differ from their reference into the reference file",
    )
    group.addoption(
        "--archdiff-unknown",
        choices=("fail", "pass"),
        default="fail",
        help="whether a difference of unknown effect fails a test that does not say so itself (default: fail)",
    )
    group.addoption(
        "--archdiff-strict",
        metavar="FACT,...",
        default="",
        help="facts that have to be printed: all, or num_heads,AD701, for tests that do not say so themselves",
    )


def pytest_configure(config: pytest.Config) -> None:
    _session.update = bool(config.getoption("--archdiff-update"))
    _session.unknown = str(config.getoption("--archdiff-unknown"))
    _session.strict = tuple(filter(None, str(config.getoption("--archdiff-strict")).split(",")))
    _session.written = []


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for path in _session.written:
        terminalreporter.write_line(f"archdiff: {path} is written; read the difference before you commit it")


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
    """Fails with the concise diff where a network is not what its reference is.

    Each side is a live `torch.nn.Module`, the text that one prints, or an address (`FILE`, `FILE#NAME`, `ref:NAME`,
    `package.module:factory`); a file is looked for beside the test, then in the working directory. `ignore` holds rules
    (`AD401`, `training-setting`) or rules at a path (`AD401:features.*`). With `pytest --archdiff-update` the reference
    file is written anew where it differs.

    A difference of unknown effect fails unless `unknown="pass"`; facts that are not printed fail where `strict` names
    them: `"all"`, or settings and rules (`["num_heads", "AD701"]`). Where these are not given, the options
    `--archdiff-unknown` and `--archdiff-strict` of pytest hold.
    """
    __tracebackhide__ = True
    beside = os.path.dirname(sys._getframe(1).f_globals.get("__file__", ""))
    address = _address(reference, beside)
    if _session.update and address and not os.path.exists(_path(address)):
        _write_new(address, model_or_text)
    terms = _terms(fail_on, unknown, strict, ignore)
    result = _result(_network(model_or_text, beside), _network(reference, beside), input_shape, terms)
    if not result.failed:
        return
    if _session.update:
        _rewrite(address, model_or_text, beside)
        return
    raise AssertionError(_message(result))


def _terms(fail_on: str, unknown: str | None, strict: str | Iterable[str] | None, ignore: Iterable[str]) -> Terms:
    """What counts, by the arguments of the test, else by the options of pytest."""
    from archdiff.model.effects import ON_UNKNOWN, THRESHOLDS, Effect
    from archdiff.policy import apply

    unknown = unknown or _session.unknown or ON_UNKNOWN[0]
    words = _session.strict if strict is None else [strict] if isinstance(strict, str) else strict
    return apply.Terms(
        fail_on=Effect[_one_of("fail_on", fail_on, THRESHOLDS).upper()],
        unknown=_one_of("unknown", unknown, ON_UNKNOWN),
        strict=apply.must_be_printed(words, "strict"),
        ignores=[apply.ignore_of(word) for word in ([ignore] if isinstance(ignore, str) else ignore)],
    )


def _one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    from archdiff.model.errors import UsageError

    if value not in allowed:
        raise UsageError(f"{name}={value!r}: no such value", way_out=f"one of {', '.join(allowed)}")
    return value


def _result(candidate: Network, reference: Network, input_shape: Sequence[int] | None, terms: Terms) -> Result:
    from archdiff import api
    from archdiff.policy import apply

    outcome = api.compare_networks(candidate, reference, tuple(input_shape) if input_shape else None)
    return apply.judge(outcome, terms).result


def _message(result: Result) -> str:
    from archdiff import report

    assert result.outcome, "it has failed"
    failing = sum(map(result.fails, result.outcome.findings))
    counted = "1 finding that counts" if failing == 1 else f"{failing} findings that count"
    first = f"{', '.join(result.outcome.verdicts)}: {counted}"
    return f"{first}\n{report.find('concise').render([result], report.View()).rstrip()}"


# Sides


def _network(side: Any, beside: str) -> Network:
    from archdiff import api, parse

    address = _address(side, beside)
    if address:
        return parse.pick(address, api.networks(address))
    network = parse.pick(_HERE, parse.parse(_text(side), _HERE))
    if isinstance(side, str):
        return network
    from archdiff.execute import held

    return held.with_facts(network, side)


def _address(side: Any, beside: str) -> str:
    """The address that a side is; "" where it is a module or a text."""
    if isinstance(side, os.PathLike):
        side = os.fspath(side)
    if not isinstance(side, str) or "\n" in side or side.rstrip().endswith(")"):
        return ""
    from archdiff import parse

    if parse.is_elsewhere(side) or parse.is_live(side) or os.path.isabs(side):
        return str(side)
    near = os.path.join(beside, side)
    here = os.path.exists(_path(side)) and not os.path.exists(_path(near))
    return side if here else os.path.relpath(near)


def _path(address: str) -> str:
    from archdiff import parse

    return parse.split_address(address)[0]


def _text(side: Any) -> str:
    torch = sys.modules.get("torch")
    if isinstance(side, str):
        return side
    if torch is None or not isinstance(side, torch.nn.Module):
        raise TypeError(f"a torch.nn.Module, a text or an address, not {type(side).__name__}")
    return repr(side) + "\n"


# --archdiff-update


def _write_new(address: str, side: Any) -> None:
    """The first reference: the print and nothing else."""
    from archdiff.cli import outputs

    if "#" not in address and not isinstance(side, (str, os.PathLike)):
        outputs.write(address, _text(side))
        _session.written.append(address)


def _rewrite(address: str, side: Any, beside: str) -> None:
    """The lines of the reference's print, and no others: a recipe before it or a note around it stays."""
    from archdiff import parse
    from archdiff.cli import outputs
    from archdiff.model.errors import UsageError

    path = _path(address)
    if not address or not os.path.isfile(path) or _address(side, beside):
        raise UsageError("--archdiff-update writes what a model prints into a file", source=address)
    old = parse.pick(address, parse.read(address))
    with open(path, encoding="utf-8", newline="") as file:
        lines = file.read().splitlines(keepends=True)
    lines[old.first_line - 1 : old.last_line] = [_text(side).rstrip("\n") + "\n"]
    text = "".join(lines)
    if parse.pick(address, parse.parse(text, path)).root != parse.parse(_text(side))[0].root:
        raise UsageError("not a plain print, so it is not written over", source=path, line=old.first_line)
    outputs.write(path, text)
    _session.written.append(address)
