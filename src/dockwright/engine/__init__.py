"""Docker, Compose, uv and git: the one room that starts processes."""
