"""A key map that is held against what both networks compute; where it fails, other maps that may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from archdiff.execute.keys import gates, packing, verify
from archdiff.execute.keys.keymap import KeyMap, NetworkKeys, Packings
from archdiff.model.errors import BuildError

if TYPE_CHECKING:
    from torch import nn

_SECONDS: Final = 120.0  # for all other maps; the first is run whatever it takes
#: maps the keys: whether what several could stand for is taken in order, how each network packs projections
MakesKeyMap: TypeAlias = "Callable[[bool, tuple[Packings, Packings]], KeyMap]"
_NO_PACKINGS: Final[tuple[Packings, Packings]] = ({}, {})


class TestedMap(NamedTuple):
    """What running both showed; nothing where `reason` says why they were not run.

    Attributes:
        difference: by how much outputs differ, as a share of the largest number.
        equal: whether they do not differ by more than rounding.
        of_another_map: the difference is that of a map which takes some choice where the first one leaves keys over,
            and of which none makes outputs equal.
        outputs: how many each gives; where it is not as many, the first are compared.
        untested: parameters of the reference on which no output depends.
        found_by: what outputs showed that prints do not, in words.
        parts_at: paths of the candidate and of the reference from which on outputs differ.
        others: other maps that were run.
        reason: why they were not run.
    """

    difference: float | None = None
    equal: bool = True
    of_another_map: bool = False
    outputs: tuple[int, int] = (1, 1)
    untested: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()
    parts_at: tuple[str, str] | None = None
    others: int = 0
    reason: str = ""


def find_tested(
    make: MakesKeyMap,
    networks: Sequence[NetworkKeys],
    modules: Sequence[nn.Module],
    trial: Callable[[KeyMap], verify.Trial],
) -> tuple[KeyMap, TestedMap]:
    """The map that outputs show to be right; the first one where none is.

    Args:
        make: maps the keys.
        networks: the keys of both, those of the candidate without adapters.
        modules: both live.
        trial: both with weights, once a map can be run.

    Returns:
        The map, and what running both showed.

    Raises:
        BuildError: a network cannot take the input.
        UsageError: no input is known.
    """
    first = make(False, _NO_PACKINGS)
    base = make(True, _NO_PACKINGS) if first.missing else first
    running = None if base.missing else trial(base)
    result = None if running is None else running.run(base)
    if running is not None and result is not None and result.equal:
        return base, _proven(running, result, others=int(base is not first))
    at = None if running is None else running.parting(base, packing.layers(networks[0]))
    count, stop, unequal = 0, monotonic() + _SECONDS, result
    for option, found_by in _options(make, base, networks, modules, try_packings=at is None or not at.early):
        if option.missing or monotonic() > stop:
            continue
        running = running or trial(option)
        found, count = _run(running, option), count + 1
        if found is not None and found.equal:
            return option, _proven(running, found, count, found_by)
        unequal = unequal or found
    if unequal is None:
        return first, TestedMap(reason="keys of the reference have no counterpart, so that it cannot be loaded")
    if first.missing:
        return first, TestedMap(unequal.difference, False, True, unequal.outputs, others=max(count, 1))
    parts_at = None if at is None else (at.candidate, at.reference)
    return first, TestedMap(unequal.difference, False, outputs=unequal.outputs, parts_at=parts_at, others=count)


def _proven(
    trial: verify.Trial, result: verify.OutputDifference, others: int, found_by: tuple[str, ...] = ()
) -> TestedMap:
    """That outputs are equal under the map that was run last."""
    return TestedMap(result.difference, True, False, result.outputs, trial.untested(), found_by, others=others)


def _run(trial: verify.Trial, key_map: KeyMap) -> verify.OutputDifference | None:
    """None where such a map does not load."""
    try:
        return trial.run(key_map)
    except BuildError:
        return None


def _options(
    make: MakesKeyMap, base: KeyMap, networks: Sequence[NetworkKeys], modules: Sequence[nn.Module], try_packings: bool
) -> Iterator[tuple[KeyMap, tuple[str, ...]]]:
    """Other maps, and what they take for granted: square matrices turned, gates in another order, other packings."""
    if base.squares:
        chosen = set(base.squares)
        mapped = [each._replace(transposed=not each.transposed) if each.key in chosen else each for each in base.mapped]
        names = ", ".join(base.squares)
        yield replace(base, mapped=tuple(mapped), squares=()), (f"kept the other way round, as outputs show: {names}",)
    yield from ((made, (found_by,)) for made, found_by in gates.variants(base))
    if not try_packings:  # outputs part before any projection has run
        return
    heads = [_numbers(side, module) for side, module in zip(networks, modules, strict=True)]
    for packings in packing.variants(networks, heads):
        found_by = tuple(
            packing.sentence(of_candidate, name, one)
            for of_candidate, held in zip((True, False), packings, strict=True)
            for name, one in held.items()
        )
        yield make(True, packings), found_by


def _numbers(side: NetworkKeys, module: nn.Module) -> set[int]:
    """Whole numbers that modules around projections hold, the number of heads among them."""
    held = dict(module.named_modules())
    around = {held.get(path) for path in packing.containers(side)}
    return {value for each in around if each is not None for value in vars(each).values() if type(value) is int}
