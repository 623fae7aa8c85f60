"""Certificates for development: making, reading and judging them. Files are the caller's."""
