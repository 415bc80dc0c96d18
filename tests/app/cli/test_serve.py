"""The command `serve`: what it refuses, and that it stops in good order."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from benchmarks.live.platform import HOST, free_port, wait_for
from screenalytics_app.api.security.access import TOKEN_VARIABLE
from tests.api.live_server import events
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

TOKEN = "a-token-of-enough-characters"  # noqa: S105


@pytest.mark.parametrize(
    ("arguments", "token", "message"),
    [
        pytest.param(["--host", "0.0.0.0"], None, "would be open to everybody", id="open"),  # noqa: S104
        pytest.param(["--host", "0.0.0.0"], "short", "at least 20 ASCII characters", id="short-token"),  # noqa: S104
        pytest.param(["--proxy-header", "X-User"], TOKEN, "exclude each other", id="token-and-proxy"),
        pytest.param(["--port", "99999"], None, "Cannot listen on 127.0.0.1, port 99999", id="port"),
        pytest.param(["--host", "no.such.name.invalid"], TOKEN, "Cannot listen on no.such.name.invalid", id="host"),
    ],
)
def test_a_server_that_cannot_or_must_not_start(
    screen: Screen, monkeypatch: pytest.MonkeyPatch, arguments: list[str], token: str | None, message: str
) -> None:
    if token:
        monkeypatch.setenv(TOKEN_VARIABLE, token)
    assert screen.call("serve", *arguments) == 2
    assert message in " ".join(screen.err.split())


def test_a_used_port_is_refused(screen: Screen) -> None:
    with socket.socket() as used:
        used.bind((HOST, 0))
        used.listen()
        assert screen.call("serve", "--port", str(used.getsockname()[1])) == 2
    assert "is in use" in screen.err


def test_the_token_is_no_argument(screen: Screen) -> None:
    assert screen.call("serve", "--token", TOKEN) == 2
    assert "No such option" in screen.err


@contextmanager
def server(*arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    port = str(free_port())
    command = [sys.executable, "-m", "screenalytics_app.cli.main", "serve", "--port", port, *arguments]
    process = subprocess.Popen(
        command, env=os.environ | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30) as client:
            wait_for(lambda: answers(client), 60, "the server answers", every_s=0.05)
            yield process, client
    finally:
        process.kill()
        process.communicate()


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_streams_and_the_server(home: Path, number: signal.Signals) -> None:
    write_tiny_episode(home)
    with server() as (process, client), client.stream("GET", f"/episodes/{EP_ID}/events") as response:
        stream = events(response)
        next(stream)
        process.send_signal(number)
        assert list(stream) == []
        output, _ = process.communicate(timeout=30)
    assert "Application shutdown complete" in output
    assert "Cancel" not in output  # no stream had to be cut off
    assert "Traceback" not in output


def test_a_token_from_the_environment_is_needed(home: Path) -> None:
    with server("--host-name", "review.example.org", **{TOKEN_VARIABLE: TOKEN}) as (_, client):
        assert client.get("/jobs").status_code == 401
        known = {"Authorization": f"Bearer {TOKEN}", "Host": "review.example.org"}
        assert client.get("/jobs", headers=known).status_code == 200
