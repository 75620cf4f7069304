"""The way of the data on one page: sources in, an outcome out. Must not print, exit or lay out.

`read`, `read_all` and `compare` are public, as `archdiff.read` and so on; `commands` is for `cli/`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from archdiff import diff, infer, parse, sources
from archdiff.diff import describe, variants
from archdiff.infer import repeats
from archdiff.infer.folding import folded
from archdiff.infer.traced_shapes import as_traced
from archdiff.model import places
from archdiff.model.collector import uncollected
from archdiff.model.effects import Effect
from archdiff.model.errors import ShapeError, UsageError
from archdiff.model.facts import NOT_TRACED, is_shape
from archdiff.model.network import Network
from archdiff.model.outcome import Outcome
from archdiff.parse import unparse
from archdiff.semantics import live_settings, rules

if TYPE_CHECKING:
    from torch import nn

    from archdiff.infer import Sized

Source: TypeAlias = "str | os.PathLike[str] | Network | nn.Module"
Shape: TypeAlias = "tuple[int, ...]"


# The public functions


def read(source: Source) -> Network:
    """Reads one network.

    Args:
        source: An address, the text of a print, a live module, or a network, which is returned as it is.

            A `str` is the text of a print if it holds a line feed or is one line of the form `Class(...)`, the bracket
            straight behind the name. Every other `str` is an address: `FILE`, `FILE#NAME`, `FILE#NUMBER`, `ref:NAME`
            for a network that comes with archdiff, `git:REVISION:FILE`, or `package.module:factory` for a live module,
            whose code is imported and run in this process. A `pathlib.Path` is always a file.

    Returns:
        The network as printed, a frozen value. It can be read from again, compared, and pickled.

    Raises:
        UsageError: No such file, or the address fits several networks or none; the error lists them.
        ReadError: The text holds no network, or it is cut off or too large.
        TypeError: `source` is none of these.
    """
    return sources.one(source, parse.Blocks())


def read_all(source: Source) -> tuple[Network, ...]:
    """Reads every network that a source holds.

    Args:
        source: As for `read`. An address with `#NAME` gives that network alone.

    Returns:
        The networks in their order, at least one. One that was cut off has `complete` False, and is refused by
        `compare`.

    Raises:
        UsageError: No such file, or no network has that name.
        ReadError: The text holds no network, or it is too large.
        TypeError: `source` is none of these.
    """
    return sources.every(source, parse.Blocks())


def compare(
    candidate: Source,
    reference: Source,
    *,
    input_shape: Sequence[int] | None = None,
    inputs: str = "",
    candidate_config: str | os.PathLike[str] = "",
    reference_config: str | os.PathLike[str] = "",
) -> Outcome:
    """Compares two networks: what differs, and when it matters.

    Args:
        candidate: Mine: an address, the text of a print, a live module or a network, as for `read`.
        reference: The original, likewise.
        input_shape: Sizes of one input without the batch, (3, 32, 32) for channels, height and width. Solved from the
            texts by default, where they hold enough.
        inputs: What the forwards of live modules are called with: "input_ids:int64[2,16]"; found out by default.
        candidate_config: The config.json of the candidate, which says what its print does not.
        reference_config: That of the reference.

    Returns:
        The findings, the verdict, and what is known of both networks: what `archdiff compare --format json` prints.

    Raises:
        UsageError: As for `read`; or `input_shape` is no sequence of positive whole numbers.
        ReadError: As for `read`; or one name stands twice in a network.
        ShapeError: An input of `input_shape` cannot run through a network.
        TypeError: A side is none of these.
    """
    blocks, shape = parse.Blocks(), _sizes(input_shape)
    modules: tuple[list[Any], list[Any]] = ([], [])
    both = [sources.one(each, blocks, held) for each, held in zip((candidate, reference), modules, strict=True)]
    ours, theirs = sources.with_forwards(both, modules, shape, inputs)
    ours = sources.with_config(ours, os.fspath(candidate_config))
    return compare_networks(ours, sources.with_config(theirs, os.fspath(reference_config)), shape)


def snapshot(source: Source, *, input_shape: Sequence[int] | None = None, inputs: str = "", trace: bool = True) -> str:
    """What a live module prints, holds and does as one text, which `read` and `compare` take in its place later.

    Args:
        source: A live module, or its address.
        input_shape: Sizes of one input without the batch, (3, 32, 32); found out by default.
        inputs: What its forward is called with: "input_ids:int64[1,16]"; found out by default.
        trace: Whether its forward is traced; without, the text holds what it prints and holds.

    Returns:
        The print, and behind it lines that begin with "# ". Where its forward fails, these say why it was not traced.

    Raises:
        UsageError: As for `read`; or `source` is no live module, `inputs` are none, or its forward does not run with
            what is given.
        TypeError: As for `read`.
    """
    return unparse.snapshot(held(source, input_shape=input_shape, inputs=inputs, trace=trace))


def held(source: Source, *, input_shape: Sequence[int] | None, inputs: str, trace: bool) -> Network:
    """A live module with what it holds and does; the arguments are those of `snapshot`."""
    modules: list[Any] = []
    network = sources.one(source, parse.Blocks(), modules)
    if not modules:
        message = "no live module, and a print holds nothing beside itself"
        raise UsageError(message, source=network.source, way_out="give package.module:factory")
    if not trace:
        return network
    shape = _sizes(input_shape)
    network = sources.traced([network], [modules], shape, inputs)[0]
    why = network.fact(NOT_TRACED) if shape or inputs else None
    if why is not None:
        given = f"--inputs {inputs}" if inputs else f"--input-shape {','.join(map(str, shape or ()))}"
        way_out = "give what its forward takes, or leave it out"
        raise UsageError(f"{given}: its forward is not traced: {why.value}", source=network.source, way_out=way_out)
    return network


def _sizes(input_shape: object) -> Shape | None:
    if input_shape is None:
        return None
    sizes = tuple(input_shape) if isinstance(input_shape, Iterable) and not isinstance(input_shape, str) else ()
    if not is_shape(sizes):
        way_out = "sizes without the batch: (3, 32, 32)"
        raise UsageError(f"input_shape={input_shape!r}: no such value", way_out=way_out)
    return sizes


# Addresses, which a command line gives too


# From networks to an outcome


class Compared(NamedTuple):
    """Both networks in normal form with the sizes of their layers, and what differs between them."""

    candidate: Sized
    reference: Sized
    comparison: diff.Comparison
    notes: tuple[str, ...] = ()

    def outcome(self) -> Outcome:
        """All that a report may use."""
        both = self.candidate, self.reference
        own = dict.fromkeys(note for each in both for note in describe.source_notes(each.network))
        candidate, reference = describe.of_networks([as_traced(each) for each in both])
        pairs, findings, notes, traced = self.comparison
        findings, names = variants.with_names(findings, candidate, reference)
        return Outcome(candidate, reference, pairs, findings, (*names, *notes, *self.notes, *own), traced=traced)


def compare_networks(candidate: Network, reference: Network, input_shape: Shape | None = None) -> Outcome:
    """Compares two networks that were read before.

    Args:
        candidate: Mine.
        reference: The original.
        input_shape: Sizes of one input without the batch; solved by default.

    Returns:
        The findings, the verdict, and what is known of both.

    Raises:
        ReadError: One name stands twice, or folded lines stand for so many layers that comparing them takes minutes.
        ShapeError: An input of this shape cannot run through a printed network.
    """
    return compared(candidate, reference, input_shape, by_few=True).outcome()


def compared(
    candidate: Network, reference: Network, input_shape: Shape | None = None, by_few: bool = False
) -> Compared:
    """Both networks with their sizes, and what differs; raises what `compare_networks` does.

    A live module may do more than it prints: a shape that does not run through its print is for the run alone.

    Args:
        candidate: Mine.
        reference: The original.
        input_shape: Sizes of one input without the batch; solved by default.
        by_few: Whether few of the layers of folded lines may stand for all, where these are very many.
    """
    way = _compared_by_few if by_few else _compared
    try:
        return way(candidate, reference, input_shape)
    except ShapeError as error:
        if input_shape is None or not any(places.is_live(each.source) for each in (candidate, reference)):
            raise
        return way(candidate, reference, None)._replace(notes=(for_the_run_alone(error),))


def for_the_run_alone(error: ShapeError) -> str:
    """The note about an input shape that does not run through the print of a live module."""
    return f"--input-shape is for the run alone: in printed order, {error.message}"


def _compared_by_few(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Of folded lines that stand for very many layers a few are compared, where these can stand for all."""
    both = candidate, reference
    if repeats.are_few(both):
        return _compared(*both, input_shape)
    if short := repeats.shortened(*both):
        parse.check_names(both)
        compared = _compared(*short, input_shape)
        sized, (pairs, findings, *_) = (compared.candidate, compared.reference), compared.comparison
        differ = any(each.effect is Effect.FUNCTION and each.is_difference for each in findings)
        if repeats.holds(*sized, pairs) or (differ and repeats.hold_other_layers(*sized)):
            return compared
    repeats.check_size(both)
    return _compared(*both, input_shape)


def _compared(candidate: Network, reference: Network, input_shape: Shape | None) -> Compared:
    """Networks -> normal form -> sizes -> what differs."""
    if candidate.is_configuration or reference.is_configuration:
        return _compared_configurations(candidate, reference)
    parse.check_names((candidate, reference))
    with uncollected():  # of 100,000 lines half of the time would go into looking for cycles
        normal = rules.normalized(folded(*live_settings.with_live_settings(candidate, reference)))
        sized_candidate, sized_reference = infer.infer(normal, input_shape)
        return Compared(sized_candidate, sized_reference, diff.compare(sized_candidate, sized_reference))


def _compared_configurations(candidate: Network, reference: Network) -> Compared:
    """Two networks of which nothing but a config.json is known: their fields are compared, and no tree."""
    for side, other in ((candidate, reference), (reference, candidate)):
        if side.is_configuration and not other.is_configuration:
            message = "a configuration, and the other network is printed: fields are no layers"
            way_out = "give it beside the print of its network, --candidate-config FILE or --reference-config FILE"
            raise UsageError(message, source=side.source, way_out=way_out)
    ours, theirs = infer.infer(rules.normalized((candidate, reference)))
    return Compared(ours, theirs, diff.compare_configurations(ours, theirs))
