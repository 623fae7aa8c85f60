"""Where log lines go."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler

from src.config import Settings


def configure_logging(settings: Settings) -> None:
    """Log to stderr, and to `LOG_FILE` where it is set."""
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if settings.log_file is not None:
        handlers.append(RotatingFileHandler(settings.log_file, maxBytes=5_000_000, backupCount=3))
    logging.basicConfig(
        level=settings.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=handlers,
    )
