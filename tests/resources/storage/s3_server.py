"""A real S3 server on loopback, and a proxy before it that fails on request."""

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["busy", "dropped", "cut"]
"""Answer 503, close without an answer, or close in the middle of the answer's body."""
_HOP = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})


@dataclass
class FaultyProxy:
    """Passes requests on to `target`, but for those that a fault is planned for."""

    target: str
    address: str = ""
    plan: list[Fault] = field(default_factory=list)
    """Faults of the next requests, in order."""
    always: Fault | None = None
    only: str = ""
    """Faults meet only requests with this method, if any."""
    met: int = 0

    def next_fault(self, method: str) -> Fault | None:
        if self.only and method != self.only:
            return None
        fault = self.always or (self.plan.pop(0) if self.plan else None)
        self.met += fault is not None
        return fault


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Yield a running proxy before the server at `target`."""
    proxy = FaultyProxy(target)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            fault = proxy.next_fault(self.command)
            if fault == "dropped":
                self.close_connection = True
                return
            if fault == "busy":
                self.send_response(503)
                self.send_header("content-length", "0")
                self.end_headers()
                return
            upstream = http.client.HTTPConnection(urlsplit(proxy.target).netloc)
            upstream.request(self.command, self.path, body, dict(self.headers.items()))
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP:
                    self.send_header(name, value)
            length = answer.getheader("content-length") if self.command == "HEAD" else str(len(content))
            self.send_header("content-length", length or "0")
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if fault == "cut" else content)
            self.close_connection = fault == "cut"
            upstream.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass_on  # noqa: N815 - names of the base class

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    proxy.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
