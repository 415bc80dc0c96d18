"""Proxy in front of a real S3 server on loopback that injects faults."""

import http.client
import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal["busy", "dropped", "cut"]
"""Answer 503, close the connection without an answer, or close it in the middle of the answer's body."""
_CONNECTION_HEADERS = frozenset({"connection", "transfer-encoding", "keep-alive", "content-length"})


@dataclass
class FaultyProxy:
    """Proxy that forwards requests to `target`, except those with a planned fault."""

    target: str
    address: str = ""
    planned_faults: list[Fault] = field(default_factory=list)
    """Faults of the next requests, in order."""
    permanent_fault: Fault | None = None
    only_method: str = ""
    """If set, only requests with this method get a fault."""
    fault_count: int = 0

    def next_fault(self, method: str) -> Fault | None:
        if self.only_method and method != self.only_method:
            return None
        fault = self.permanent_fault or (self.planned_faults.pop(0) if self.planned_faults else None)
        self.fault_count += fault is not None
        return fault


@contextmanager
def faulty_proxy(target: str) -> Iterator[FaultyProxy]:
    """Yield a running proxy in front of the server at `target`."""
    proxy = FaultyProxy(target)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _forward(self) -> None:
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
                if name.lower() not in _CONNECTION_HEADERS:
                    self.send_header(name, value)
            length = answer.getheader("content-length") if self.command == "HEAD" else str(len(content))
            self.send_header("content-length", length or "0")
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if fault == "cut" else content)
            self.close_connection = fault == "cut"
            upstream.close()

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _forward  # noqa: N815 - names of the base class

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
