"""The command line; `main` is what the command `archdiff` runs."""

from archdiff.cli.main import main as main
