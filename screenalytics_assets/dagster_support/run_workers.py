"""Processes of the runs that a code server starts: forked from a process that has imported the graph.

Dagster 1.13.27 starts Python again for each run. Importing Dagster, the graph, the storage of the instance and the
libraries of the stages takes about 3 s of CPU time per run, which the run that uses the models lacks on two cores.
"""

import gc
import multiprocessing
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any

from screenalytics_assets.dagster_support.internals import (
    CODE_SERVER_MODULE,
    RUN_WORKER_MODULES,
    read_migrations_once,
    reused_connections,
    start_runs_with,
)

LIBRARIES = ("av", "trackers", "upath.implementations.local")
"""Libraries that every episode uses. `trackers` imports OpenCV, SciPy, pandas and matplotlib.

The model runtimes are missing, because threads that they start do not survive a fork.
"""


class RunWorkers:
    """Part of a context of `multiprocessing` that a code server uses, with processes that are forked.

    The fork server starts at once, so that the first run does not wait for its imports. It ends with the code server,
    so a reloaded code location gets another one. Until then, runs use the code that it has imported.
    """

    def __init__(self, graph: str) -> None:
        """Prepare processes that have imported `graph`, the module of the code location."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([graph, *LIBRARIES, *RUN_WORKER_MODULES])
        forkserver.ensure_running()
        self._context = context
        self.Queue = context.Queue
        self.Event = context.Event

    def Process(self, target: Callable[..., None], args: list[Any]) -> multiprocessing.process.BaseProcess:  # noqa: N802
        """Return a process, not started yet, that executes a run with `target(*args)`."""
        return self._context.Process(target=execute_run, args=(target, *args))


def execute_run(target: Callable[..., None], *args: object) -> None:
    """Execute one run in this process. `target` is Dagster's function that does it."""
    gc.freeze()  # everything imported stays, so no collection has to visit it
    read_migrations_once()
    with reused_connections():
        target(*args)


def fork_run_workers(graph: str) -> None:
    """Let the code server of this process fork the processes of its runs. Does nothing if this is no code server."""
    if CODE_SERVER_MODULE in sys.modules:
        start_runs_with(RunWorkers(graph))
