"""The values that every room shares: layers, networks, effects, findings, errors. Imports nothing of the others."""
