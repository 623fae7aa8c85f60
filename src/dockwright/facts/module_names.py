"""Distributions whose modules are called otherwise than they are, by the module's name in their spelling."""

from __future__ import annotations

from collections.abc import Mapping

DISTRIBUTIONS: Mapping[str, tuple[str, ...]] = {
    "attr": ("attrs",),
    "bs4": ("beautifulsoup4",),
    "corsheaders": ("django-cors-headers",),
    "crypto": ("pycryptodome",),
    "cv2": ("opencv-python", "opencv-python-headless"),
    "dateutil": ("python-dateutil",),
    "decouple": ("python-decouple",),
    "dotenv": ("python-dotenv",),
    "environ": ("django-environ",),
    "git": ("gitpython",),
    "jose": ("python-jose",),
    "jwt": ("pyjwt",),
    "magic": ("python-magic",),
    "multipart": ("python-multipart",),
    "mysqldb": ("mysqlclient",),
    "openssl": ("pyopenssl",),
    "pil": ("pillow",),
    "pkg-resources": ("setuptools",),
    "psycopg2": ("psycopg2-binary",),
    "rest-framework": ("djangorestframework",),
    "serial": ("pyserial",),
    "sklearn": ("scikit-learn",),
    "slugify": ("python-slugify",),
    "telegram": ("python-telegram-bot",),
    "yaml": ("pyyaml",),
    "zmq": ("pyzmq",),
}
"""Source: the `top_level.txt` of these distributions' wheels."""
