"""Thin commands: they build a Request, call the story, and print its result."""
