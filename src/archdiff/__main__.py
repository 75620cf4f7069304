"""The command as a process of its own: what `archdiff` and `python -m archdiff` start."""

import os
import sys

from archdiff import cli
from archdiff.cli import child


def main() -> None:
    """Ends without freeing what it holds: of 100,000 lines that takes as long as bringing them into normal form."""
    child.allow()
    try:
        cli.main()
    except SystemExit as end:  # its traceback holds the networks until here
        child.done(end.code if isinstance(end.code, int) else child.NO_ANSWER)
        if isinstance(end.code, int) and "torch" not in sys.modules:  # torch, and live modules, may have more to do
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
            os._exit(end.code)
        raise


if __name__ == "__main__":
    main()
