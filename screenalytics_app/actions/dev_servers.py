"""Run Dagster and the API together: they start together, and when one ends, all end."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from screenalytics_app.actions.dagster_instance import CODE_LOCATION, prepare_home
from screenalytics_resources.artifact_store import ROOT_VARIABLE, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import FROM_WHEEL, PROJECT_ROOT, dagster_home

HOST = "127.0.0.1"
STOP_S = 20.0
"""Time that the processes have to end in good order, s. Dagster needs a few seconds."""
_LOOK_S = 0.2


@dataclass(frozen=True)
class Part:
    """One process: its name in sentences, its command and folder, and the signal with which it ends in good order."""

    name: str
    command: Sequence[str]
    folder: str | None
    stop: signal.Signals


def dev_parts(port: int, dagster_port: int) -> list[Part]:
    """Return Dagster, whose process runs web server and daemon, and the API. Sets the instance up on first use.

    Raises:
        UserError: the ports are the same, or one is in use.
    """
    if port == dagster_port:
        raise UserError(f"The API and Dagster's UI cannot both have port {port}: choose two.")
    for number in (port, dagster_port):
        _refuse_used(number)
    prepare_home()
    os.environ[ROOT_VARIABLE] = data_root()  # Dagster runs in another folder
    code = ["-m", CODE_LOCATION] if FROM_WHEEL else ["--workspace", str(PROJECT_ROOT / "workspace.yaml")]
    dagster = [sys.executable, "-m", "dagster", "dev", *code, "--host", HOST, "--port", str(dagster_port)]
    api = [sys.executable, "-m", "screenalytics_app.cli.main", "serve", "--port", str(port)]
    return [
        Part("Dagster", dagster, str(dagster_home()), signal.SIGINT),
        Part("The API", [*api, "--dagster-url", f"http://{HOST}:{dagster_port}"], None, signal.SIGTERM),
    ]


def run_together(parts: Sequence[Part], started: Callable[[], None]) -> str:
    """Run the processes until a signal comes or one of them ends; then end all. Calls `started` once they run.

    Returns the sentence about the process that ended by itself, or "".
    """
    stop = threading.Event()
    with _handled(stop.set):
        running: list[subprocess.Popen[bytes]] = []
        try:
            for part in parts:
                running.append(subprocess.Popen(part.command, cwd=part.folder, start_new_session=True))  # noqa: S603
            started()
            while not stop.wait(_LOOK_S):
                for part, process in zip(parts, running, strict=True):
                    if process.poll() is not None:
                        return f"{part.name} ended by itself with exit code {process.returncode}, so all was stopped."
            return ""
        finally:
            _end(parts, running)


def _end(parts: Sequence[Part], running: Sequence["subprocess.Popen[bytes]"]) -> None:
    """End the processes in good order, and then whatever they have left."""
    deadline = time.monotonic() + STOP_S
    for part, process in zip(parts, running, strict=False):
        if process.poll() is None:
            process.send_signal(part.stop)
    for process in running:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            continue
    for process in running:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        finally:
            process.wait()


@contextmanager
def _handled(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` for the signals that end a program, instead of ending it."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, lambda *_: stop()) for number in signals}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_used(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise UserError(f"Port {port} is in use: end the program that uses it, or choose another port.") from None
