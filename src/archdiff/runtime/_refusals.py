"""What is said where a print does not hold what a constructor needs: the layer, its place and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from archdiff.errors import BuildError, UsageError
from archdiff.kinds import Kind
from archdiff.network import Layer
from archdiff.runtime.given import CLASS

IN_CODE: Final = "archdiff builds classes of torch.nn and archdiff.nn, and others from the children that they print"


@dataclass(frozen=True, slots=True)
class Missing(Exception):  # noqa: N818  (a fact, not an error; `refusal` makes one of all of them)
    """Settings that the print does not hold and that the constructor needs."""

    settings: tuple[str, ...]


def error(layer: Layer, path: str, message: str, way_out: str) -> BuildError:
    """About one printed layer, with its place."""
    span, line = layer.span, layer.layout if isinstance(layer.layout, str) else ""
    shown = line[span.column - 1 :].strip() == line.strip()
    return BuildError(
        f"{path or 'the network'} ({layer.class_name or 'no class'}) {message}",
        source=span.source,
        line=span.line,
        column=span.column if shown and line else 0,
        length=span.length,
        line_text=line if shown else "",
        way_out=way_out,
    )


def missing(found: Sequence[tuple[str, Layer, Missing]]) -> BuildError:
    """All that somebody must give, in one message; the first layer stands for the rest of its class."""
    path, layer, first = found[0]
    alike = sum(1 for _, other, lacks in found if (other.class_name, lacks) == (layer.class_name, first))
    more = f", nor do {alike - 1} more of this class" if alike > 1 else ""
    others = sorted({other.class_name for _, other, _ in found} - {layer.class_name})
    also = f"; {', '.join(others)} lack settings too" if others else ""
    place = layer.class_name if alike > 1 or not path else path
    wanted = " ".join(f"--set {place}.{name}=..." for name in first.settings)
    names = (
        " and ".join([", ".join(first.settings[:-1]), first.settings[-1]]) if first.settings[1:] else first.settings[0]
    )
    return error(layer, path, f"does not print its {names}{more}{also}", f"give what the text cannot tell: {wanted}")


def unknown(layer: Layer, path: str) -> BuildError:
    return error(
        layer,
        path,
        "is a class that archdiff does not know, with nothing printed inside",
        f"say which class of torch.nn stands for it: --set {path or layer.class_name}.{CLASS}=Identity",
    )


def no_such_setting(path: str, kind: Kind, name: str) -> UsageError:
    return UsageError(
        f"--set {path}.{name}: {kind.name} has no such setting",
        way_out=f"one of {', '.join(field.name for field in kind.fields)}" if kind.fields else "it takes none",
    )
