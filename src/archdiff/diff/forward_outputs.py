"""What comes out of two traced forwards: its values, the form that holds them, and what else the caller sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from archdiff.model.effects import Effect
from archdiff.model.message import Message, because, message
from archdiff.model.network import Value
from archdiff.model.trace import BY_KEY, IN_ORDER, PLAIN, TENSOR, ForwardTrace
from archdiff.model.wording import joined, plural
from archdiff.semantics.operations import NormalTrace

#: codes of what says that other tensors come out, and no more
OTHER_OUTPUT, OUTPUT = "traced-output", "traced-gives"
OF_OUTPUTS: Final = ([OTHER_OUTPUT], [OUTPUT])
_SHOWN: Final = 4  # names of what has keys


def give_the_same(a: NormalTrace, b: NormalTrace, both: tuple[ForwardTrace, ForwardTrace]) -> bool:
    """Whether both give the same tensors and leave the same behind; in any order where one has names and one has none.

    Args:
        a: One forward.
        b: The other, in the same graph.
        both: Their traces.
    """
    if a.states != b.states:
        return False
    forms = [each.gives for each in both]
    in_order = forms[0] == forms[1] or not any(map(_has_names, forms))
    return a.outputs == b.outputs if in_order else Counter(a.outputs) == Counter(b.outputs)


def _has_names(form: Value) -> bool:
    return isinstance(form, tuple) and (form[:1] == (BY_KEY,) or any(map(_has_names, form)))


def of_the_caller(ours: ForwardTrace, theirs: ForwardTrace, same: bool) -> Iterator[tuple[Effect, Message]]:
    """What a caller sees beside the values: another form of what comes out, an input that was written into.

    Args:
        ours: The candidate.
        theirs: The reference, of the same mode.
        same: Whether both give the same tensors.
    """
    if ours.gives != theirs.gives:
        values = [Counter(map(repr, _plain(each.gives))) for each in (ours, theirs)]
        effect = Effect.EQUIVALENT if same and values[0] == values[1] else Effect.FUNCTION
        yield effect, message(OUTPUT, ours=_words(ours.gives), theirs=_words(theirs.gives))
    for number in sorted({*ours.writes} ^ {*theirs.writes}):
        side = "candidate" if number in ours.writes else "reference"
        which = f"input {number + 1}" if max(len(ours.inputs), len(theirs.inputs)) > 1 else "its input"
        what = message("traced-writes", side=side, which=which)
        yield Effect.COSMETIC, because(what, message("taken-given-away"))


def _plain(form: Value) -> Iterator[Value]:
    """Numbers and texts in a form."""
    match form:
        case (kind, value) if kind == PLAIN and value is not None:
            yield value
        case (kind, *inside) if kind == IN_ORDER:
            for each in inside:
                yield from _plain(each)
        case (kind, *pairs) if kind == BY_KEY:
            for pair in pairs:
                if isinstance(pair, tuple):
                    yield from _plain(pair[1])


def _words(form: Value) -> str:
    match form:
        case (kind, *inside) if kind == IN_ORDER and all(each == (TENSOR,) for each in inside):
            return "a tuple of one tensor" if len(inside) == 1 else plural(len(inside), "tensor")
        case (kind, *inside) if kind == IN_ORDER:
            return f"({', '.join(map(_short, inside))})" if len(inside) <= _SHOWN else plural(len(inside), "value")
        case (kind, *pairs) if kind == BY_KEY:
            names = [str(pair[0]) for pair in pairs if isinstance(pair, tuple)]
            more = [f"{len(names) - _SHOWN} more"] if len(names) > _SHOWN else []
            return f"{joined([*names[:_SHOWN], *more])} by name" if names else "an empty dictionary"
    return f"a {_short(form)}" if form == (TENSOR,) else _short(form)


def _short(form: Value) -> str:
    match form:
        case (kind,) if kind == TENSOR:
            return "tensor"
        case (kind, value) if kind == PLAIN:
            return str(value)
        case (_, *inside):
            return f"({len(inside)})"
    return "nothing"
