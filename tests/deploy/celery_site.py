"""Daemon and workers of `deploy/celery` on one machine, started with the commands in docs/deployment.md."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.live.platform import QUICK_SENSORS
from screenalytics_resources.project import PROJECT_ROOT
from tests.deploy.servers import PASSWORD, Postgres, wait_for

BIN = Path(sys.executable).parent
DEPLOY = PROJECT_ROOT / "deploy" / "celery"


@dataclass
class Site:
    """Processes of one test, with one log per process."""

    folder: Path
    environment: dict[str, str]
    processes: dict[str, psutil.Process] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> psutil.Process:
        with self.log(name).open("wb") as log:
            process = psutil.Popen(
                [str(BIN / command[0]), *command[1:]],
                cwd=PROJECT_ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.processes[name] = process
        return process

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def start_unit(self, name: str, unit: str, number: int = 0) -> None:
        """Start `ExecStart` of the unit from this checkout, as systemd would."""
        text = (DEPLOY / "systemd" / unit).read_text()
        (command,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
        words = command.removeprefix("ExecStart=/opt/screenalytics/.venv/bin/").split()
        self.start(name, *[word.replace("%i", str(number)).replace("%%", "%") for word in words])

    def wait_until_ready(self, name: str) -> None:
        wait_for(lambda: " ready." in self.log(name).read_text(), f"worker {name}", 300)


def kill_tree(process: psutil.Process) -> None:
    """Kill a process and all its descendants with SIGKILL, as if its machine were lost."""
    for member in [process, *process.children(recursive=True)]:
        member.kill()
    process.wait(30)


def site_environment(folder: Path, data: Path, postgres: Postgres, redis: str) -> dict[str, str]:
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("SCREENALYTICS_", "DAGSTER_"))
    }
    if "SCREENALYTICS_CACHE_DIR" in os.environ:
        inherited["SCREENALYTICS_CACHE_DIR"] = os.environ["SCREENALYTICS_CACHE_DIR"]
    return inherited | {
        "DAGSTER_HOME": str(folder / "dagster"),
        "PYTHONPATH": os.pathsep.join([str(PROJECT_ROOT), str(DEPLOY)]),
        "DAGSTER_PG_HOST": "127.0.0.1",
        "DAGSTER_PG_PORT": str(postgres.port),
        "DAGSTER_PG_USERNAME": postgres.user,
        "DAGSTER_PG_PASSWORD": PASSWORD,
        "DAGSTER_PG_DB": "dagster",
        "SCREENALYTICS_CELERY_BROKER": f"{redis}/0",
        "SCREENALYTICS_CELERY_BACKEND": f"{redis}/1",
        "SCREENALYTICS_DATABASE_URL": postgres.url("facebank"),
        "SCREENALYTICS_DATA_ROOT": str(data),
        **QUICK_SENSORS,
    }


@contextmanager
def site(folder: Path, environment: dict[str, str]) -> Iterator[Site]:
    """Yield a site without processes. Kills all processes that the test started, with their descendants, at the end."""
    home = Path(environment["DAGSTER_HOME"])
    home.mkdir(parents=True)
    (home / "dagster.yaml").symlink_to(DEPLOY / "dagster.yaml")
    new_site = Site(folder, environment)
    try:
        yield new_site
    finally:
        for process in new_site.processes.values():
            if process.is_running():
                kill_tree(process)
