"""Runs the command line in processes of their own, forked from a process that has already imported its modules.

A test that kills many runs would otherwise spend most of its time on imports.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

WIDTH = "200"

SERVER = """
import gc, json, os, signal, sqlite3, sys
from importlib import import_module
from sqlalchemy import Engine, event
import openvino, rich.progress, scipy.optimize, skimage.transform
import screenalytics_app.actions.run_episode, screenalytics_app.cli.progress_bars, screenalytics_assets.definitions
from screenalytics_app.cli.main import main
from screenalytics_assets.dagster_support.internals import RUN_WORKER_MODULES, read_migrations_once
from screenalytics_assets.dagster_support.run_workers import LIBRARIES
from screenalytics_resources import artifact_store

for module in (*LIBRARIES, *RUN_WORKER_MODULES):
    import_module(module)
read_migrations_once()
assert os.listdir("/proc/self/task") == [str(os.getpid())], "threads do not survive a fork"
gc.freeze()

@event.listens_for(Engine, "connect")
def do_not_sync(connection, record):
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")

os.fsync = lambda descriptor: None  # only a machine that loses power needs it

def die_at(name):
    replace = artifact_store.Path.replace
    def dying(self, target):
        if os.path.basename(target) == name:
            os.kill(os.getpid(), signal.SIGKILL)
        return replace(self, target)
    artifact_store.Path.replace = dying

for line in sys.stdin:
    request = json.loads(line)
    child = os.fork()
    if child == 0:
        for number, path in enumerate((os.devnull, request["out"], request["err"])):
            os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), number)
        os.environ.clear()
        os.environ.update(request["environment"])
        if request["dying_at"]:
            die_at(request["dying_at"])
        sys.argv = ["screenalytics", *request["arguments"]]
        sys.exit(main())
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class ForkedProgram:
    """The command line, which each call runs in a new process."""

    server: subprocess.Popen[str]
    folder: Path

    def run(self, *arguments: str, dying_at: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command. The process kills itself with SIGKILL when it is about to replace a file named `dying_at`."""
        out, err = self.folder / "out.txt", self.folder / "err.txt"
        for path in (out, err):
            path.unlink(missing_ok=True)
        request = {
            "arguments": arguments,
            "dying_at": dying_at,
            "environment": os.environ | {"COLUMNS": WIDTH},
            "out": str(out),
            "err": str(err),
        }
        assert self.server.stdin is not None and self.server.stdout is not None
        print(json.dumps(request), file=self.server.stdin, flush=True)
        code = int(self.server.stdout.readline())
        return subprocess.CompletedProcess(arguments, code, out.read_text(), err.read_text())


@contextmanager
def forked_program(folder: Path) -> Iterator[ForkedProgram]:
    """Yield the command line. `folder` receives the output of its processes."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # The console reads its width when it is imported. Threads of OpenBLAS would start at import.
        env=os.environ | {"COLUMNS": WIDTH, "OPENBLAS_NUM_THREADS": "1"},
    ) as server:
        yield ForkedProgram(server, folder)
