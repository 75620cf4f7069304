"""Errors about what a print does not hold and a constructor needs: the layer, its place and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archdiff.model.errors import BuildError, UsageError
from archdiff.model.network import Layer

LIVE: Final = "package.module:factory runs the live module as it is"
IN_CODE: Final = f"archdiff builds what the classes of torch print; for --run and bench, {LIVE}"
LISTED: Final = 8  # classes that an error names


class Missing(Exception):  # noqa: N818  (a fact, not an error; `missing_settings_error` makes one of all of them)
    """Settings that the print does not hold and that the constructor needs."""

    def __init__(self, settings: tuple[str, ...]) -> None:
        super().__init__()
        self.settings = settings


def build_error(layer: Layer, path: str, message: str, way_out: str) -> BuildError:
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


def missing_settings_error(found: Sequence[tuple[str, Layer, Missing]]) -> BuildError:
    """All that has to be supplied, in one message; the first layer stands for the rest of its class."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for path, layer, lacks in found:
        alike.setdefault((layer.class_name, lacks.settings), []).append(path)
    lacking: list[str] = []
    options: list[str] = []
    for (class_name, settings), paths in alike.items():
        more = f" ({len(paths) - 1} more of this class)" if len(paths) > 1 else ""
        lacking.append(f"{class_name + ' ' if lacking else ''}{_lacking(settings)}{more}")
        place = paths[0] if paths[0] and len(paths) == 1 else class_name
        options += [f"--set {place}.{name}=..." for name in settings]
    left = [f"and {len(lacking) - LISTED} more"] if len(lacking) > LISTED else []
    first_path, first, _ = found[0]
    way_out = f"give what the text cannot tell: {' '.join([*options[:LISTED], *(['...'] if left else [])])}"
    return build_error(first, first_path, "; ".join([*lacking[:LISTED], *left]), way_out)


def _lacking(settings: tuple[str, ...]) -> str:
    *most, last = settings
    return "does not print its " + (f"{', '.join(most)} and {last}" if most else last)


def no_such_setting(path: str, what: str, name: str, known: Sequence[str]) -> UsageError:
    """About a setting that was supplied and that a layer does not take."""
    return UsageError(
        f"--set {path or what}.{name}: {what} has no such setting",
        way_out=f"one of {', '.join(known)}" if known else "it takes none",
    )
