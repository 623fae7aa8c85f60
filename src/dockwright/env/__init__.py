"""The environment: the variables that a project's stacks and programs read, and the files that give them values."""
