"""What one arm of a benchmark raises, as words; networks raise whatever they like. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from archdiff.execute.bench.record import REFERENCE
from archdiff.execute.live import exceptions
from archdiff.model.errors import ArchdiffError


class FailedArmError(Exception):
    """One arm did not run. Holds words and no exception: its traceback would hold the network, and its memory."""

    def __init__(self, arm: str, doing: str, error: BaseException) -> None:
        message = exceptions.first_line(error)
        file, line, _ = exceptions.location(error)
        super().__init__(message)
        self.arm, self.doing, self.text = arm, doing, message
        self.where = f" ({file}:{line})" if file and not isinstance(error, ArchdiffError) else ""
        self.memory = exceptions.is_memory(error)
        self.kind = "" if isinstance(error, ArchdiffError) else type(error).__name__

    def why(self, names: tuple[str, str], batch: int) -> str:
        """One line: who, at what, and what was raised."""
        name = names[1] if self.arm == REFERENCE else names[0]
        if self.memory:
            return f"{name} runs out of memory at batch {batch}: {self.text or 'no memory left'}"
        message = ": ".join(filter(None, (self.kind, self.text)))
        return f"{name} cannot {self.doing} at batch {batch}: {message}{self.where}"


@contextmanager
def failing_as_words(arm: str, doing: str) -> Iterator[None]:
    """Raises FailedArmError for whatever is raised meanwhile, but for Ctrl-C."""
    failed = None
    try:
        yield
    except BaseException as error:  # networks raise whatever they like
        if exceptions.is_interrupt(error):
            raise
        failed = FailedArmError(arm, doing, error)
    if failed:
        raise failed
