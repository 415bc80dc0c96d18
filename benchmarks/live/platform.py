"""Web server, daemon and API as `make dev` starts them, with a data root and a Dagster instance of their own.

For tests and measurements that need both: tests of the complete system, kills, memory over hundreds of episodes.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from screenalytics_resources.project import PROJECT_ROOT

if TYPE_CHECKING:
    from dagster import DagsterInstance
    from psutil import Process

T = TypeVar("T")
HOST = "127.0.0.1"
_TICKS = """
query Ticks($sensor: String!) {
  sensorOrError(sensorSelector: {
    repositoryName: "__repository__", repositoryLocationName: "screenalytics", sensorName: $sensor}) {
    ... on Sensor {sensorState {ticks {timestamp status skipReason logEvents {events {message level}}}}}}}
"""
QUICK_SENSORS = {"SCREENALYTICS_SENSOR_INTERVAL_S": "3"}
"""Environment with which every sensor is due each time that the daemon looks, which is every 5 s."""
_OWN_SETTINGS = ("SCREENALYTICS_", "DAGSTER_", "TRACK_GATE_", "FACES_MIN_", "REP_")


def free_port() -> int:
    """Return a free port of this machine."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class LivePlatform:
    """A platform run by `make dev` in `folder`, with `data`, `dagster` and `dev.log`. `environment` adds variables."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    review_port: int = field(default_factory=free_port)
    _make: "subprocess.Popen[bytes] | None" = None

    @property
    def root(self) -> Path:
        """The data root."""
        return self.folder / "data"

    @property
    def home(self) -> Path:
        """The Dagster instance's folder."""
        return self.folder / "dagster"

    @property
    def log(self) -> str:
        """The output of web server and daemon."""
        return (self.folder / "dev.log").read_text(encoding="utf-8", errors="replace")

    def drop(self, film: Path, episodes: Iterable[str]) -> None:
        """Put one copy of `film` per episode into the folder of new videos."""
        videos = self.root / "videos"
        videos.mkdir(parents=True, exist_ok=True)
        for ep_id in episodes:
            shutil.copy(film, videos / f"{ep_id}{film.suffix}")

    def start(self, deadline_s: float = 300.0) -> None:
        """Start both, and return once the web server answers and all required daemons are healthy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        binaries = os.path.relpath(Path(sys.executable).parent, PROJECT_ROOT)
        command = [
            "make",
            "--old-file=install",
            f"BIN={binaries}",
            f"PORT={self.port}",
            f"REVIEW_PORT={self.review_port}",
        ]
        command.append("dev")
        with (self.folder / "dev.log").open("ab") as log:
            self._make = subprocess.Popen(  # noqa: S603
                command, cwd=PROJECT_ROOT, env=self.variables(), stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self._is_up, deadline_s, "web server and daemon are up")

    def query(self, query: str, **variables: Any) -> dict[str, Any]:
        """Query the web server's GraphQL. Raises `OSError` if it does not answer."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"http://{HOST}:{self.port}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            response: dict[str, Any] = json.load(answer)
        if "errors" in response:
            raise RuntimeError(f"Expected an answer, but got {response['errors']}")
        data: dict[str, Any] = response["data"]
        return data

    def configure(self, more: Mapping[str, Any]) -> None:
        """Add top-level entries to the instance's `dagster.yaml`. Call this before the first start."""
        self.home.mkdir(parents=True)
        defaults = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(defaults | dict(more)), encoding="utf-8")

    def ticks(self, sensor: str) -> list[dict[str, Any]]:
        """Return the finished ticks of a sensor, newest first, as the UI shows them.

        Each has `timestamp` (seconds since 1970), `status`, `skipReason` and `logEvents`.
        """
        ticks = self.query(_TICKS, sensor=sensor)["sensorOrError"]["sensorState"]["ticks"]
        return [tick for tick in ticks if tick["status"] != "STARTED"]

    @contextmanager
    def instance(self) -> Iterator["DagsterInstance"]:
        """Open the daemon's Dagster instance."""
        from dagster import DagsterInstance

        with DagsterInstance.from_config(str(self.home)) as instance:
            yield instance

    def processes(self) -> list["Process"]:
        """Return every process of this platform, identified by its `DAGSTER_HOME`, including orphans."""
        import psutil

        processes: list[Process] = []
        for process in psutil.process_iter():
            try:
                if process.environ().get("DAGSTER_HOME") == str(self.home) and process.pid != os.getpid():
                    processes.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return processes

    def wait_until_down(self, deadline_s: float = 300.0) -> None:
        """Wait until `make dev` has ended by itself. Runs may continue without it."""

        def is_down() -> bool:
            return self._make is None or self._make.poll() is not None

        wait_for(is_down, deadline_s, "web server and daemon are down")

    def kill(self) -> None:
        """Kill all processes at once, as in a power cut."""
        import psutil

        while processes := self.processes():
            for process in processes:
                try:
                    process.kill()
                except psutil.NoSuchProcess:
                    continue
            psutil.wait_procs(processes, timeout=5)
        if self._make is not None:
            self._make.wait(timeout=10)

    def variables(self) -> dict[str, str]:
        """Return the environment of every process of this platform."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(_OWN_SETTINGS)}
        cache = {name: value for name, value in os.environ.items() if name == "SCREENALYTICS_CACHE_DIR"}
        own = {
            "DAGSTER_HOME": str(self.home),
            "SCREENALYTICS_DATA_ROOT": str(self.root),
            "PYTHONPATH": str(PROJECT_ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        return inherited | cache | own | dict(self.environment)

    def _is_up(self) -> bool:
        if self._make is not None and self._make.poll() is not None:
            raise RuntimeError(f"Expected `make dev` to keep running, but it ended:\n{self.log[-4000:]}")
        try:
            answer = self.query("{instance {daemonHealth {allDaemonStatuses {daemonType healthy required}}}}")
        except (OSError, urllib.error.URLError):
            return False
        daemons = answer["instance"]["daemonHealth"]["allDaemonStatuses"]
        return all(daemon["healthy"] for daemon in daemons if daemon["required"])


def quick_daemons() -> dict[str, Any]:
    """Return entries for `LivePlatform.configure` with which queued and dead runs are noticed within seconds."""
    defaults = yaml.safe_load((PROJECT_ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    return {
        "run_queue": {"dequeue_interval_seconds": 1},
        "run_monitoring": defaults["run_monitoring"] | {"poll_interval_seconds": 5},
    }


@contextmanager
def live_platform(folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[LivePlatform]:
    """Start a platform, and kill its process tree afterwards."""
    platform = LivePlatform(folder, environment or {})
    try:
        platform.start()
        yield platform
    finally:
        platform.kill()


def wait_for(condition: Callable[[], T], deadline_s: float, what: str, every_s: float = 0.5) -> T:
    """Wait until `condition` returns a true value, and return it. Raises `TimeoutError` after `deadline_s`."""
    end = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"Expected within {deadline_s:g} s that {what}")
        time.sleep(every_s)
    return value
