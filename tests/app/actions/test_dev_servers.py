"""Processes that start together and end together."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from benchmarks.live.platform import HOST, free_port, wait_for
from screenalytics_app.actions import dev_servers
from screenalytics_app.actions.dev_servers import Part, dev_parts, run_together
from screenalytics_resources.errors import UserError

FOREVER = "import signal; signal.pause()"
STUBBORN = "import signal; [signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM)]; "
READY = "import pathlib, sys; pathlib.Path(sys.argv[1]).touch(); "
PARENT = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-c', {FOREVER!r}]); "
    "print(child.pid, file=open(sys.argv[1] + '.child', 'w')); "
)


def part(folder: Path, name: str, code: str) -> Part:
    return Part(name, [sys.executable, "-c", code, str(folder / name)], None, signal.SIGTERM)


def when(condition: Callable[[], bool], action: Callable[[], None]) -> Callable[[], None]:
    """Return a function that starts a thread, which does `action` once `condition` is true."""

    def work() -> None:
        wait_for(condition, 30, "the processes are ready", every_s=0.01)
        action()

    return threading.Thread(target=work).start


def own_children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all(tmp_path: Path, number: signal.Signals) -> None:
    before = signal.getsignal(number)
    parts = [part(tmp_path, name, READY + FOREVER) for name in ("a", "b")]
    both = when(lambda: (tmp_path / "a").exists() and (tmp_path / "b").exists(), lambda: os.kill(os.getpid(), number))
    assert run_together(parts, both) == ""
    assert own_children() == []
    assert signal.getsignal(number) == before


def test_one_that_ends_ends_the_others(tmp_path: Path) -> None:
    parts = [part(tmp_path, "The long one", FOREVER), part(tmp_path, "The short one", "raise SystemExit(3)")]
    assert run_together(parts, lambda: None) == "The short one ended by itself with exit code 3, so all was stopped."
    assert own_children() == []


def test_one_that_does_not_end_is_killed_with_what_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev_servers, "STOP_S", 0.2)
    parts = [part(tmp_path, "a", STUBBORN + PARENT + READY + FOREVER)]
    stop = when((tmp_path / "a").exists, lambda: os.kill(os.getpid(), signal.SIGINT))
    assert run_together(parts, stop) == ""
    assert own_children() == []
    child = int((tmp_path / "a.child").read_text())
    wait_for(lambda: not psutil.pid_exists(child), 10, "the child is gone", every_s=0.01)


def test_dagster_and_the_api_know_each_other(home: Path) -> None:
    port, dagster_port = free_port(), free_port()
    dagster, api = dev_parts(port, dagster_port)
    assert dagster.command[-1] == str(dagster_port)
    assert dagster.folder == os.environ["DAGSTER_HOME"]
    assert api.command[-4:] == ["--port", str(port), "--dagster-url", f"http://{HOST}:{dagster_port}"]
    assert os.environ["SCREENALYTICS_DATA_ROOT"] == str(home)


def test_ports_that_cannot_be_used_are_refused(home: Path) -> None:
    with socket.socket() as used:
        used.bind((HOST, 0))
        used.listen()
        port = used.getsockname()[1]
        with pytest.raises(UserError, match=f"Port {port} is in use"):
            dev_parts(port, free_port())
        with pytest.raises(UserError, match=f"Port {port} is in use"):
            dev_parts(free_port(), port)
    with pytest.raises(UserError, match="cannot both have port 3000"):
        dev_parts(3000, 3000)
