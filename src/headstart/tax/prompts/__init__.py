"""Prompts that ship with headstart, all in our own words."""
