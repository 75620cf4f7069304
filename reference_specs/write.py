"""Makes what follows from the code of a paper: `python reference_specs/write.py resnet`.

`<paper>/networks.py` holds `NETWORKS`, a function a network that makes it, and `RECIPE`, the printed optimizer. Each is
traced at the `input_shape` (or with the `inputs`) of its `<network>.toml` and written as `<network>.txt`: the recipe,
the print, and what `archdiff snapshot` says of the module. With `--readme` the tables of `<paper>/README.md` are made,
with `--implementations` the snapshots of what `<paper>/implementations.toml` lists, which needs those libraries.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from archdiff import NetworkInfo, Outcome, commands, compare, snapshot

SPECS = Path(__file__).resolve().parent
sys.path[:0] = [] if str(SPECS.parent) in sys.path else [str(SPECS.parent)]  # where `reference_specs` is imported from
SNAPSHOTS = SPECS.parent / "tests" / "data" / "implementations"


def main() -> None:
    """Writes the specs of the papers that are named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", nargs="*", metavar="PAPER", help="a folder of reference_specs; default: all")
    parser.add_argument("--readme", action="store_true", help="make the tables of README.md alone")
    parser.add_argument("--implementations", action="store_true", help="make the snapshots of implementations alone")
    options = parser.parse_args()
    for paper in options.papers or papers():
        made = readme(paper) if options.readme else implementations(paper) if options.implementations else specs(paper)
        for file, text in made:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{file.relative_to(SPECS.parent)}\n")


def papers() -> list[str]:
    """All, by the names of their folders."""
    return sorted(file.parent.name for file in SPECS.glob("*/README.md"))


# Specs


def specs(paper: str) -> Iterator[tuple[Path, str]]:
    """The text of each network that a paper gives as code."""
    if not (SPECS / paper / "networks.py").exists():
        return
    module = code(paper, "networks")
    for name in module.NETWORKS:
        yield (
            SPECS / paper / f"{name}.txt",
            f"{module.RECIPE}\n".lstrip() + traced(paper, name, module.NETWORKS[name]()),
        )


def traced(paper: str, network: str, model: Any, inputs: str = "") -> str:
    """The print of a module and what it does with the input of a spec, or with inputs of its own."""
    file = SPECS / paper / f"{network}.toml"
    if not file.exists():
        raise SystemExit(f"{file.relative_to(SPECS.parent)}: write it first, it says the input shape")
    spec = _toml(file)
    return snapshot(model, input_shape=spec.get("input_shape"), inputs=inputs or spec.get("inputs", ""))


def code(paper: str, name: str) -> ModuleType:
    """A module in the folder of a paper."""
    return importlib.import_module(f"{SPECS.name}.{paper}.{name}")


# Implementations


def listed(paper: str) -> Sequence[dict[str, Any]]:
    """What `implementations.toml` of a paper lists."""
    file = SPECS / paper / "implementations.toml"
    return _toml(file)["implementations"] if file.exists() else []


def implementations(paper: str) -> Iterator[tuple[Path, str]]:
    """The snapshot of each."""
    for each in listed(paper):
        made = built(paper, each["made"])
        yield snapshot_of(paper, each), traced(paper, each["against"], made, each.get("inputs", ""))


def snapshot_of(paper: str, implementation: dict[str, Any]) -> Path:
    """Where the snapshot of an implementation stands."""
    return SNAPSHOTS / paper / f"{implementation['text']}.txt"


def built(paper: str, made: str) -> Any:
    """The module that `torchvision.models:resnet50(width_per_group=128)` says; `ports:` is that of the paper."""
    called = made if made.endswith(")") else f"{made}()"
    found = re.fullmatch(r"([\w.]+):(\w+)\((.*)\)", called)
    assert found, f"{made}: no module:function(name=value)"
    module = code(paper, "ports") if found[1] == "ports" else importlib.import_module(found[1])
    call = ast.parse(f"f({found[3]})", mode="eval").body
    assert isinstance(call, ast.Call)
    return getattr(module, found[2])(**{str(each.arg): ast.literal_eval(each.value) for each in call.keywords})


# Tables


def readme(paper: str) -> Iterator[tuple[Path, str]]:
    """The README of a paper with its tables."""
    file = SPECS / paper / "README.md"
    yield file, with_tables(file.read_text(encoding="utf-8"), paper)


def with_tables(text: str, paper: str) -> str:
    """A text in which each line `<!-- table: NAME -->` has that table behind it."""
    tables = {"networks": networks_table, "implementations": implementations_table}

    def table(found: re.Match[str]) -> str:
        return "\n".join([found[1], "", *tables[found[2]](paper), ""])

    return re.sub(r"^(<!-- table: (\w+) -->)\n(?:\n\|[^\n]*(?:\n\|[^\n]*)*\n?)?", table, text, flags=re.MULTILINE)


def networks_table(paper: str) -> Iterator[str]:
    """A row a network, as `archdiff show` counts it."""
    names = sorted((file.stem for file in (SPECS / paper).glob("*.txt")), key=_numbers_in_order)
    found = [(name, commands.show(commands.Request(f"ref:{paper}/{name}"))[0]) for name in names]
    is_sparse = any(each.nonzero_parameters != each.parameters for _, each in found)
    yield f"| `ref:{paper}/` | network | parameters |{' non-zero |' if is_sparse else ''} multiply-adds |"
    yield f"|---|---|---|{'---|' if is_sparse else ''}---|"
    for name, each in found:
        yield network_row(paper, name, each, is_sparse)


def network_row(paper: str, name: str, network: NetworkInfo, is_sparse: bool = False) -> str:
    """What archdiff counts of one network."""
    title = _toml(SPECS / paper / f"{name}.toml")["title"]
    nonzero = f" {_count(network.nonzero_parameters)} |" if is_sparse else ""
    return f"| `{name}` | {title} | {_count(network.parameters)} |{nonzero} {of_operations(network.macs)} |"


def implementations_table(paper: str) -> Iterator[str]:
    """A row an implementation: what archdiff says of it, and why."""
    yield "| implementation | against | verdict | named first | cause |"
    yield "|---|---|---|---|---|"
    for each in listed(paper):
        yield row_of(each, departure(paper, each))


def row_of(implementation: dict[str, Any], outcome: Outcome) -> str:
    """What archdiff says of one, and why."""
    threads = "".join(f", [{_thread(url)}]({url})" for url in implementation.get("threads", ()))
    differences = [each for each in outcome.decisions if each.is_difference]
    first = differences[0].message.replace("|", "\\|") if differences else ""
    cells = implementation["name"], f"`{implementation['against']}`", outcome.verdict, first
    return f"| {' | '.join(cells)} | {implementation['cause']}{threads} |"


def departure(paper: str, implementation: dict[str, Any]) -> Outcome:
    """What archdiff says of an implementation against its spec."""
    return compare(str(snapshot_of(paper, implementation)), f"ref:{paper}/{implementation['against']}")


def _numbers_in_order(name: str) -> list[tuple[int, str]]:
    """`resnet18` before `resnet101`."""
    return [(int(each), "") if each.isdecimal() else (-1, each) for each in re.split(r"(\d+)", name)]


def _thread(url: str) -> str:
    """`pytorch/vision#191`."""
    return re.sub(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+).*", r"\1#\2", url)


def _count(number: int | None) -> str:
    return "not printed" if number is None else f"{number:,}"


def of_operations(macs: int | None) -> str:
    """Multiply-adds as the tables have them: `3.858 G`, `300.8 M`."""
    if macs is None:
        return "not known"
    return f"{macs / 1e9:.3f} G" if macs >= 10**9 else f"{macs / 1e6:.1f} M"


def _toml(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
