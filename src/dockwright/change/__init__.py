"""Diff, apply, journal and undo: the one room that writes to a project."""
