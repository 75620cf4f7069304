"""Both networks timed on a device, and the plain values that come of it; importing these loads no torch."""
