"""A printed network to the text of a Python program that makes it. Loads no torch."""
