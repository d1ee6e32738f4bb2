"""An exchange that refuses everything and repeats in its refusal whatever it was told, keys included."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def echoing_exchange(marks: Sequence[str]) -> Iterator[int]:
    """The loopback port of one whose every answer also holds `marks`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(marks))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(marks: Sequence[str]) -> type[BaseHTTPRequestHandler]:
    class Echo(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told = {"path": self.path, "headers": dict(self.headers), "marks": list(marks)}
            body = json.dumps({"code": -2015, "msg": f"Invalid API-key: {' '.join(marks)}", "told": told}).encode()
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Silent."""

    return Echo
