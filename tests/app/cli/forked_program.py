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
import json, os, signal, sys
import dagster._core.storage.sqlite_storage, scenedetect, trackers
import screenalytics_assets.definitions
from screenalytics_app.cli.main import main
from screenalytics_resources import artifact_store

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
        env=os.environ | {"COLUMNS": WIDTH},  # the console reads its width when it is imported
    ) as server:
        yield ForkedProgram(server, folder)
