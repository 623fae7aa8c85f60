"""A registry that has no image to give: it knows none, gives none to strangers, or has given enough today."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {
    "gone": (404, "MANIFEST_UNKNOWN"),
    "private": (401, "UNAUTHORIZED"),
    "busy": (429, "TOOMANYREQUESTS"),
}
"""By the first part of an image's name: the status and the code of the answer."""


class _Registry(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, code = next((said for word, said in ANSWERS.items() if f"/{word}/" in self.path), (200, ""))
        body = json.dumps({"errors": [{"code": code, "message": code.lower()}]} if code else {}).encode()
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="registry"')
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def registry() -> Iterator[str]:
    """The registry's name in images."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
