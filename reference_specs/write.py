"""Writes the specs of papers that are given as code: `python reference_specs/write.py resnet`.

`<paper>/networks.py` holds `NETWORKS`, a function a network that makes it, and `RECIPE`, the printed optimizer. Each is
traced at the `input_shape` of its `<network>.toml` and written as `<network>.txt`: the recipe, the print, and what
`archdiff snapshot` says of the module.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tomllib
from pathlib import Path
from types import ModuleType

from archdiff import snapshot

SPECS = Path(__file__).resolve().parent


def main() -> None:
    """Writes the specs of the papers that are named, or of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    papers = parser.add_argument("papers", nargs="*", metavar="PAPER", help="a folder of reference_specs; default: all")
    papers.default = sorted(file.parent.name for file in SPECS.glob("*/networks.py"))
    for paper in parser.parse_args().papers:
        for name in networks(paper).NETWORKS:
            file = SPECS / paper / f"{name}.txt"
            file.write_text(text(paper, name), encoding="utf-8")
            sys.stdout.write(f"{file.relative_to(SPECS)}\n")


def networks(paper: str) -> ModuleType:
    """The module of a paper: `NETWORKS` and `RECIPE`."""
    name = f"reference_specs_{paper}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, SPECS / paper / "networks.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def text(paper: str, name: str) -> str:
    """The text of one spec."""
    module = networks(paper)
    spec = tomllib.loads((SPECS / paper / f"{name}.toml").read_text(encoding="utf-8"))
    made = snapshot(module.NETWORKS[name](), input_shape=spec.get("input_shape"), inputs=spec.get("inputs", ""))
    return f"{module.RECIPE}\n{made}"


if __name__ == "__main__":
    main()
