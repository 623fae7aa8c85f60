"""uv's own image, from which the program is copied into a build stage."""

from __future__ import annotations

UV_IMAGE = "ghcr.io/astral-sh/uv:0.8.22"
"""The version that generated Dockerfiles name."""
