"""Text to networks: finds the printed networks in a file, reads them, and picks the one that is asked for."""
