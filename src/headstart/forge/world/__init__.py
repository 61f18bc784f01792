"""A small invented land, and every kind of text about it that the built-in pair learns from.

Pure Python and deterministic: the same seed gives the same land and the same
text on every machine and Python version. No line is taken from anywhere else.
"""
