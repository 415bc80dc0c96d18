"""Real servers on this machine for the notifier tests: HTTP with scripted responses, and a minimal SMTP server."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DROP = 0
HANG = -1


@dataclass
class HttpScript:
    """Responses in order (a status, `DROP` or `HANG`), of which the last is repeated, and the received requests."""

    statuses: list[int]
    bodies: list[bytes] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    url: str = ""
    released: threading.Event = field(default_factory=threading.Event)

    def next_status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def http_server(*statuses: int, tls: ssl.SSLContext | None = None) -> Iterator[HttpScript]:
    """Run an HTTP server that follows a script; with `tls` it serves HTTPS."""
    script = HttpScript(list(statuses) or [200])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.paths.append(self.path)
            script.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            status = script.next_status()
            if status == HANG:
                script.released.wait(20)
            if status <= 0:
                return
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{script.url}/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            script.paths.append(f"GET {self.path}")
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    script.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_address[1]}"
    with _serving(server, script.released):
        yield script


@dataclass
class SmtpScript:
    """Scripted refusals of the SMTP server, and what it received."""

    refuse: str = ""
    """Prefix of the command lines to refuse: `RCPT`, `DATA`, `AUTH`, `MAIL` or `QUIT`, optionally with arguments."""
    logins: list[str] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    port: int = 0


class _SmtpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect, as they must if they do not trust the certificate."""

    def __init__(self, script: SmtpScript) -> None:
        self.script = script
        super().__init__(("127.0.0.1", 0), _SmtpHandler)


class _SmtpHandler(socketserver.StreamRequestHandler):
    server: _SmtpServer

    def handle(self) -> None:
        self._say("220 ready")
        envelope: list[str] = []
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self._answer(line, envelope)

    def _answer(self, line: str, envelope: list[str]) -> None:
        script = self.server.script
        verb = line.split(" ", maxsplit=1)[0].upper()
        if script.refuse and line.upper().startswith(script.refuse.upper()):
            self._say("550 no")
        elif verb == "EHLO":
            self._say("250-loopback\r\n250 AUTH PLAIN")
        elif verb == "AUTH":
            script.logins.append(line)
            self._say("235 welcome")
        elif verb == "DATA":
            self._say("354 go on")
            script.envelopes.append(envelope)
            script.mails.append(self._mail())
            self._say("250 taken")
        elif verb == "QUIT":
            self._say("221 bye")
        else:
            envelope.append(line)
            self._say("250 fine")

    def _mail(self) -> str:
        lines: list[str] = []
        while (line := self.rfile.readline().decode()) != ".\r\n":
            lines.append(line)
        return "".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None) -> Iterator[SmtpScript]:
    """Run an SMTP server that accepts any password. With `tls` it uses TLS from the first byte."""
    script = SmtpScript()
    server = _SmtpServer(script)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    script.port = server.server_address[1]
    with _serving(server):
        yield script


@contextmanager
def _serving(server: socketserver.TCPServer, released: threading.Event | None = None) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        if released is not None:
            released.set()
        server.shutdown()
        server.server_close()
        thread.join()
