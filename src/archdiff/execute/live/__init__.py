"""A user's module: importing it, what its code raises and changes, and what it holds that it does not print."""
