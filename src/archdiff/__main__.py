"""The command as a process of its own: what `archdiff` and `python -m archdiff` start."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130  # what a shell says of a command that Ctrl-C has ended

try:
    import signal
    from contextlib import suppress
except KeyboardInterrupt:  # the first of our own that takes any time; what Python does before it is Python's
    os._exit(INTERRUPTED)


def main() -> None:
    """Silent where Ctrl-C comes before there is anything to lose, and where all is done: imports have no handlers."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else it is ignored, as by nohup
    if interruptible:
        signal.signal(signal.SIGINT, _leave)
        sys.unraisablehook = _never_lost
    from archdiff import cli
    from archdiff.cli import child
    from archdiff.cli.exit_codes import NO_ANSWER

    child.allow()
    try:
        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            cli.main()
        finally:
            if interruptible:
                signal.signal(signal.SIGINT, _leave)
    except SystemExit as end:  # its traceback holds the networks until here
        child.done(end.code if isinstance(end.code, int) else NO_ANSWER)
        _end(end.code)
        raise
    except KeyboardInterrupt:
        child.done(INTERRUPTED)
        os._exit(INTERRUPTED)


def _leave(_number: int, _frame: object) -> None:
    os._exit(INTERRUPTED)


def _never_lost(what: sys.UnraisableHookArgs) -> None:
    """Ctrl-C where Python drops an exception with some words, as in the callbacks of its import locks."""
    if isinstance(what.exc_value, KeyboardInterrupt):
        os._exit(INTERRUPTED)
    sys.__unraisablehook__(what)


def _end(code: object) -> None:
    """Without freeing what is held: of 100,000 lines that takes as long as bringing them into normal form."""
    if isinstance(code, int) and "torch" not in sys.modules:  # torch, and live modules, may have more to do
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError):
                if stream is not None:
                    stream.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
