"""How wide the terminal is, and whether colours are wanted there."""

import os
import shutil
import sys

WIDEST = 110
"""Columns; longer lines read badly."""


def screen() -> tuple[int, bool]:
    """Columns to fill, and whether to colour: where one looks at stdout and wants it."""
    width = min(shutil.get_terminal_size((80, 24)).columns, WIDEST)
    return width, sys.stdout.isatty() and "NO_COLOR" not in os.environ
