"""The step `packaging`: other package managers' manifests to `pyproject.toml` and `uv.lock`, versions kept."""
