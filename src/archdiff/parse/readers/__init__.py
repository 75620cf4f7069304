"""One file a format, each exporting `FORMAT`: text to networks."""
