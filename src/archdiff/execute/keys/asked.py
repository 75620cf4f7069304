"""Two networks to a key map and what is done with it: the answer to `archdiff keys`.

Loads torch where a live module is asked for or a checkpoint is written, and not else.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from archdiff.compare import Comparison
from archdiff.execute.keys import blocks, stored
from archdiff.execute.keys.keymap import KeyMap, Left, Side, Stored
from archdiff.execute.keys.match import key_map
from archdiff.execute.tree import Tree
from archdiff.infer import Sized
from archdiff.model.effects import Effect
from archdiff.model.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

_ADAPTER: Final = "lora_"
_LIVE: Final = "name both as package.module:factory"


class Asked(NamedTuple):
    """What is done with a key map."""

    live: tuple[str, str] = ("", "")  # addresses of live modules, "" for texts
    files: tuple[str, str] | None = None  # a checkpoint to read and one to write
    partial: bool = False  # write what there is, too, where the map is not complete
    verify: bool = False  # run both networks with the mapped weights
    input_shape: tuple[int, ...] | None = None  # for that, without the batch


@dataclass(frozen=True, slots=True)
class Answer:
    """A key map, and what came of it.

    written: tensors in the file that was written; None where none was. unknown: keys of the file that was read which
    the map does not know. difference: by how much outputs part, of the largest one; None where nothing was run.
    tried_in_order: the same of a map that takes what several could stand for in order, and was given up.
    """

    key_map: KeyMap
    read_from: str = ""
    written_to: str = ""
    written: int | None = None
    unknown: tuple[Left, ...] = ()
    difference: float | None = None
    equal: bool = True
    tried_in_order: float | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left over, and the outputs are equal where both were run."""
        return self.key_map.complete and not self.unknown and self.equal


def answered(candidate: Sized, reference: Sized, found: Comparison, asked: Asked) -> Answer:
    """The key map of two networks that were compared, and what is done with it.

    Args:
        candidate, reference: both with all that follows from their prints.
        found: their comparison, along whose pairs keys are mapped.
        asked: which of the two are live, and what is done.

    Raises:
        UsageError: one side alone holds a LoRA adapter; a file is no checkpoint of the candidate; nothing to run.
        BuildError: a network cannot take the input.
    """
    if asked.verify and not all(asked.live):
        raise UsageError("--verify: runs both networks, and a print holds no forward", way_out=_LIVE)
    modules = [_module(address) if address else None for address in asked.live]
    sides = [_side(sized, module) for sized, module in zip((candidate, reference), modules, strict=True)]
    _check_keys(sides)
    _check_adapters(sides)
    held = _opened(asked.files[0], sides[0]) if asked.files else {}
    if held and not sides[0].live:
        sides[0] = _with_file(sides[0], held)
    made = partial(_key_map, sides, (candidate, reference), found, modules)
    answer = Answer(made())
    if asked.verify and modules[0] is not None and modules[1] is not None:
        answer = _verified(made, (candidate, reference), (modules[0], modules[1]), asked.input_shape)
    return _written(answer, held, modules[1], asked) if asked.files else answer


def _key_map(
    sides: Sequence[Side],
    sized: tuple[Sized, Sized],
    found: Comparison,
    modules: Sequence[nn.Module | None],
    in_order: bool = False,
) -> KeyMap:
    constants: Iterable[str] = ()
    if modules[0] is not None and modules[1] is not None:
        from archdiff.execute.keys import live as of_modules

        constants = of_modules.constants(modules[0], modules[1])
    pairs, containers = _as_printed(sides, sized, found)
    differences = sum(each.is_difference and each.effect is Effect.FUNCTION for each in found.findings)
    return key_map(sides[0], sides[1], pairs, containers, constants, differences, in_order)


def _verified(
    made: Callable[..., KeyMap],
    sides: tuple[Sized, Sized],
    modules: tuple[nn.Module, nn.Module],
    input_shape: tuple[int, ...] | None,
) -> Answer:
    """With what running both shows. What several could stand for is taken in order where outputs then are equal."""
    from archdiff.execute.keys import verify

    first = made()
    tried = first if first.complete else made(in_order=True)
    if not tried.complete:
        return Answer(first)
    result = verify.verified(tried, *modules, verify.an_input(sides, input_shape))
    if first.complete or result.equal:
        return Answer(tried, difference=result.difference, equal=result.equal)
    return Answer(first, tried_in_order=result.difference)


def _opened(file: str, candidate: Side) -> dict[str, Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from archdiff.execute.keys import apply

    return apply.opened(file, {each.key for each in candidate.stored})


def _with_file(side: Side, held: Mapping[str, Tensor]) -> Side:
    """A print holds fewer keys than a checkpoint of its network, which has their sizes, too."""
    known = {each.key: each for each in side.stored}
    extra = [_of_tensor(key, value) for key, value in held.items() if key not in known]
    sized = [each._replace(shape=tuple(held[each.key].shape)) if each.key in held else each for each in side.stored]
    return replace(side, stored=(*sized, *extra), from_file=True)


def _of_tensor(key: str, value: Tensor) -> Stored:
    whole = not (value.is_floating_point() or value.is_complex())
    return Stored(key, tuple(value.shape), buffer=whole, counts=whole)


def _written(answer: Answer, held: dict[str, Tensor], reference: nn.Module | None, asked: Asked) -> Answer:
    assert asked.files, "asked before"
    from archdiff.execute.keys import apply

    own = {} if reference is None else reference.state_dict()
    done = apply.write(answer.key_map, held, asked.files, own, asked.partial)
    source, target = asked.files
    return replace(answer, read_from=source, written_to=target, written=done.tensors, unknown=done.unknown)


def _module(address: str) -> nn.Module:
    with warnings.catch_warnings():  # without NumPy, torch warns that it is missing; nothing here needs it
        warnings.simplefilter("ignore")
        from archdiff.execute import live

        return live.module(address)


def _side(sized: Sized, module: nn.Module | None) -> Side:
    network = sized.network
    covering = stored.covering(sized)
    if module is None:
        held, unknown = stored.printed(network)
        held = tuple([each._replace(covers=each.name == "weight" and each.layer in covering) for each in held])
        return Side(network.source, network.label, False, held, unknown)
    from archdiff.execute.keys import live as of_modules

    return Side(network.source, network.label, True, of_modules.stored(module, stored.columns(network), covering))


def _as_printed(sides: Sequence[Side], sized: Sequence[Sized], found: Comparison) -> tuple[blocks.Pairs, blocks.Pairs]:
    """The pairs of layers and of blocks by the paths that they have in the prints, which are where keys begin."""
    roots = [each.network.root for each in sized]
    ours, theirs = (Tree(root).raw for root in roots)
    pairs = [(ours.get(a, a), theirs.get(b, b)) for a, b in found.pairs if a is not None and b is not None]
    first, second = (blocks.repeated(root, side.stored) for root, side in zip(roots, sides, strict=True))
    return blocks.steadied(pairs, first, second)


def _check_keys(sides: Iterable[Side]) -> None:
    """A print of classes that nobody knows, or a table, answers nothing."""
    for name, side in zip(("candidate", "reference"), sides, strict=True):
        if side.untold and not side.stored:
            told = ", ".join(side.untold)
            way_out = "package.module:factory gives every key"
            raise UsageError(f"the print of the {name} holds no keys: {told}", source=side.source, way_out=way_out)


def _check_adapters(sides: Iterable[Side]) -> None:
    ours, theirs = (next((each.key for each in side.stored if _ADAPTER in each.key), "") for side in sides)
    if bool(ours) != bool(theirs):
        name, other = ("candidate", "reference") if ours else ("reference", "candidate")
        raise UsageError(
            f"the {name} holds a LoRA adapter ({ours or theirs}), and the {other} none",
            way_out="merge it first: model = model.merge_and_unload()",
        )
