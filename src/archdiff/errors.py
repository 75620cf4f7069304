"""The errors that archdiff raises. Each names the thing, the place and the way out.

Every one has the attributes `message`, `source` (file or address, "" where there is none), `line` and `column` (counted
from 1, 0 where there is none), `line_text` (that line) and `way_out` (what to do about it); `str(error)` puts them
together as the command prints them, with a caret under the text.
"""

from archdiff.model.errors import ArchdiffError, BuildError, ReadError, ShapeError, UsageError

__all__ = ["ArchdiffError", "UsageError", "ReadError", "ShapeError", "BuildError"]
