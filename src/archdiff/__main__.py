"""`python -m archdiff`: the same as the command."""

from archdiff.cli import main

if __name__ == "__main__":
    main()
