"""What a command ends with. Must not import anything: this is part of every start."""

NOTHING = 0  # nothing at or above --fail-on
FINDINGS = 1
NO_ANSWER = 2
INTERRUPTED = 130  # as a shell reports it of a command that Ctrl-C has ended
