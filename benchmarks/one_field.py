"""One changed field in the configuration of real architectures: is it one finding, with the right effect?

    python benchmarks/one_field.py --write DIR [--only NAME ...]
    python benchmarks/one_field.py --check DIR [--only NAME ...] [--least 0.97]

A pair is an architecture of transformers, timm or diffusers built twice, on torch's device `meta`, so that it takes no
memory: with its usual configuration (the reference) and with another value of one field (the candidate). What the field
changes and how many design decisions it is stands in `one_field_cases.py`. Fields that neither print shows are counted
and left out. `--write` needs the libraries, which no other part of the project uses; without a build for GPUs:

    pip install -c constraints.txt torch
    pip install --no-deps timm transformers diffusers torchvision  # and what their import then asks for

`--check` needs none of them. It counts the findings at the top of the report that are differences: a parent with its
members is one, and what is cosmetic or state does not count beside graver ones. The exit code is 1 where a smaller
share than `--least` has as many of them as it has decisions, or an effect is wrong.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from one_field_cases import ARCHITECTURES, DECISIONS, EFFECTS, SORTS, Architecture

import archdiff
from archdiff.model.errors import ArchdiffError

_MINOR: Final = ("cosmetic", "state")  # not counted beside graver findings
_LEAST: Final = 0.97


@dataclass(frozen=True)
class Field:
    """A changed field, what it changes, and the design decisions that it is."""

    architecture: str
    library: str
    model: str
    field: str
    candidate: str  # its values, as Python writes them
    reference: str
    sort: str
    effect: str
    decisions: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.architecture}.{self.field}"


@dataclass(frozen=True)
class Row:
    """A pair with archdiff's answer."""

    field: Field
    verdicts: tuple[str, ...]
    findings: tuple[Mapping[str, Any], ...]  # at the top of the report, those that count

    @property
    def is_counted_right(self) -> bool:
        """Whether there are as many findings as decisions."""
        return len(self.findings) == len(self.field.decisions)

    @property
    def is_effect_right(self) -> bool:
        return self.verdicts == (self.field.effect,)


# Pairs


def fields(architecture: Architecture, reference: object) -> Iterator[tuple[Field, Mapping[str, Any]]]:
    """Every field that is changed, with the configuration of the candidate; the reference is a built network."""
    for name, value in architecture.changed.items():
        sort = SORTS[name]
        decisions = DECISIONS.get((architecture.name, name), (sort,))
        original = architecture.base.get(name, getattr(getattr(reference, "config", None), name, None))
        values = repr(value), "the default" if original is None else repr(original)
        about = architecture.name, architecture.library, architecture.model, name
        yield Field(*about, *values, sort, EFFECTS[sort], decisions), {**architecture.base, name: value}


def write(folder: Path, architectures: Sequence[Architecture]) -> int:
    """Writes every pair whose prints differ; what cannot be built fails the run."""
    counts: Counter[str] = Counter()
    for architecture in architectures:
        reference = built(architecture, architecture.base)
        for field, configuration in fields(architecture, reference):
            try:
                candidate = built(architecture, configuration)
            except Exception as error:  # each library has errors of its own
                print(f"cannot be built: {field.name}: {type(error).__name__}: {error}"[:300])
                counts["that cannot be built"] += 1
                continue
            if str(candidate) == str(reference):
                print(f"not in the print: {field.name}")
                counts["that no print shows"] += 1
                continue
            counts["written"] += 1
            write_pair(folder / field.name, candidate, reference, field)
    print(f"{len(architectures)} architectures, pairs:", ", ".join(f"{count} {what}" for what, count in counts.items()))
    return int(counts["that cannot be built"] > 0)


def write_pair(folder: Path, candidate: object, reference: object, field: Field) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "candidate.txt").write_text(f"{candidate}\n", encoding="utf-8")
    (folder / "reference.txt").write_text(f"{reference}\n", encoding="utf-8")
    (folder / "meta.json").write_text(json.dumps(asdict(field), indent=1) + "\n", encoding="utf-8")


def built(architecture: Architecture, configuration: Mapping[str, Any]) -> object:
    """The network with this configuration, without memory for its weights."""
    torch = importlib.import_module("torch")
    with warnings.catch_warnings(), torch.device("meta"):
        warnings.simplefilter("ignore")
        return BUILDERS[architecture.library](architecture, configuration)


def _of_transformers(architecture: Architecture, configuration: Mapping[str, Any]) -> object:
    transformers = importlib.import_module("transformers")
    transformers.logging.set_verbosity_error()
    model: Callable[[Any], object] = getattr(transformers, architecture.model)
    return model(getattr(transformers, architecture.config)(**configuration))


def _of_timm(architecture: Architecture, configuration: Mapping[str, Any]) -> object:
    nn = importlib.import_module("torch.nn")
    classes = {
        name: getattr(nn, value.rpartition(".")[2])
        for name, value in configuration.items()
        if isinstance(value, str) and value.startswith("torch.nn.")
    }
    network: object = importlib.import_module("timm").create_model(architecture.model, **{**configuration, **classes})
    return network


def _of_diffusers(architecture: Architecture, configuration: Mapping[str, Any]) -> object:
    model: Callable[..., object] = getattr(importlib.import_module("diffusers"), architecture.model)
    return model(**configuration)


BUILDERS: Final[Mapping[str, Callable[[Architecture, Mapping[str, Any]], object]]] = {
    "transformers": _of_transformers,
    "timm": _of_timm,
    "diffusers": _of_diffusers,
}


# The check


def check(folder: Path, only: Sequence[str], least: float) -> int:
    """Compares every written pair; prints the shares, and every failure with its findings."""
    rows = []
    for meta in sorted(folder.glob("*/meta.json")):
        if only and not any(part in meta.parent.name for part in only):
            continue
        field = read_field(meta)
        try:
            rows.append(row(field, meta.parent))
        except ArchdiffError as error:
            rows.append(Row(field, (f"error: {error.message}",), ()))
        if not (rows[-1].is_counted_right and rows[-1].is_effect_right):
            print("\n".join(failure(rows[-1])), flush=True)
    if not rows:
        print(f"error: no pairs in {folder}; --write makes them", file=sys.stderr)
        return 2
    print("\n".join(table(rows)))
    counted = sum(each.is_counted_right for each in rows)
    return int(counted < least * len(rows) or not all(each.is_effect_right for each in rows))


def read_field(meta: Path) -> Field:
    values = json.loads(meta.read_text(encoding="utf-8"))
    return Field(**{**values, "decisions": tuple(values["decisions"])})


def row(field: Field, folder: Path) -> Row:
    outcome = archdiff.compare(folder / "candidate.txt", folder / "reference.txt").to_dict()
    return Row(field, tuple(outcome["verdicts"]), tuple(counted_findings(outcome["findings"])))


def counted_findings(findings: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The differences at the top of a report; the minor ones only where there are no others."""
    found = [each for each in findings if is_difference(each)]
    return [each for each in found if each["effect"] not in _MINOR] or found


def is_difference(finding: Mapping[str, Any]) -> bool:
    """As `Finding.is_difference`: neither a fact that is not printed, nor about the paper, nor measured."""
    rule: str = finding["rule"]
    return not rule.startswith(("AD7", "AD0")) and not (rule >= "AD9" and finding["effect"] == "unknown")


# Reports


def failure(row: Row) -> Iterator[str]:
    field = row.field
    expected = f"{len(field.decisions)} {field.effect}"
    found = f"{len(row.findings)} {'+'.join(row.verdicts)}"
    yield f"{field.name} ({field.sort}: {field.candidate}, not {field.reference}): expected {expected}, found {found}"
    for each in row.findings:
        count = f" ({each['count']} places)" if each["count"] > 1 else ""
        yield f"    {each['rule']} {each['effect']}: {each['message']}{count}"


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The shares by sort of field, by library and in all."""
    yield f"\n{'':20} {'pairs':>6} {'findings as decisions':>22} {'right effect':>13} {'findings, mean':>15}"
    for key in ("sort", "library"):
        for value in sorted({str(getattr(each.field, key)) for each in rows}):
            yield _shares(value, [each for each in rows if getattr(each.field, key) == value])
    yield _shares("all", rows)


def _shares(name: str, rows: Sequence[Row]) -> str:
    counted = sum(each.is_counted_right for each in rows)
    effects = sum(each.is_effect_right for each in rows)
    mean = sum(len(each.findings) for each in rows) / len(rows)
    shares = f"{counted:12} ({counted / len(rows):6.1%}) {effects:5} ({effects / len(rows):6.1%})"
    return f"{name:20} {len(rows):6} {shares} {mean:13.1f}"


def main() -> int:
    options = _options()
    if options.write is None:
        return check(options.check, options.only, options.least)
    chosen = [each for each in ARCHITECTURES if not options.only or any(part in each.name for part in options.only)]
    return write(options.write, chosen)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--write", type=Path, metavar="DIR", help="build the pairs, one folder each")
    way.add_argument("--check", type=Path, metavar="DIR", help="compare written pairs")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="architectures, or pairs, of these names")
    parser.add_argument("--least", type=float, default=_LEAST, help="share that needs as many findings as decisions")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
