"""archdiff: `git diff` for neural networks, judged the way a researcher judges a replication."""

__version__ = "0.1.0"
