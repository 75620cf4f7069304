"""`ref:how_so_dense/gsc_sparse_cnn2`: the published networks that come with the package, by name."""

from __future__ import annotations

from pathlib import Path

from archdiff.model.errors import UsageError


def located(name: str) -> str:
    """The file of a published network."""
    found = Path(folder(), f"{name}.txt")
    if name in names():
        return str(found)
    from difflib import get_close_matches  # only for this error

    near = get_close_matches(name, names(), 1, 0.4)
    way_out = f"did you mean ref:{near[0]}?" if near else f"one of {', '.join(names())}"
    raise UsageError(f"no reference '{name}' comes with archdiff", way_out=way_out)


def names() -> tuple[str, ...]:
    """Every one there is: `how_so_dense/gsc_sparse_cnn2`."""
    root = folder()
    return tuple(sorted(file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.txt")))


def folder() -> Path:
    """Where they are: in the installed package, or beside `src` in a checkout."""
    package = Path(__file__).resolve().parents[2]
    installed = package / "reference_specs"
    return installed if installed.is_dir() else package.parent.parent / "reference_specs"
