"""Processes of the runs that a code server starts."""

import sys
from collections.abc import Callable
from multiprocessing import forkserver
from typing import Any

import pytest
from dagster._grpc.server import DagsterApiServer

from screenalytics_assets.dagster_support import internals
from screenalytics_assets.dagster_support.internals import CODE_SERVER_MODULE, start_runs_with
from screenalytics_assets.dagster_support.run_workers import RunWorkers, fork_run_workers

GRAPH = "screenalytics_assets.code_location"
REPORT = """
import sys
from dagster._core.storage.runs.sqlite import sqlite_run_storage
answer.put([name for name in names if name in sys.modules])
answer.put(sqlite_run_storage.create_engine.__qualname__)
"""
"""Code that a run worker executes, instead of a run, with `answer` (a queue) and `names` of modules."""


class Server:
    """A code server whose runs are never started: `StartRun` returns what would start them."""

    _mp_ctx: Any = "spawn"


def start_run(server: Any, request: str, context: str) -> Any:
    return server._mp_ctx, request, context


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A function that lets a code server start a run."""
    monkeypatch.setattr(DagsterApiServer, "StartRun", start_run)
    return lambda: DagsterApiServer.StartRun(Server(), "request", "context")  # type: ignore[arg-type]


def test_a_run_worker_has_imported_the_graph_but_no_model_runtime() -> None:
    workers = RunWorkers(GRAPH)
    answer = workers.Queue()
    names = [GRAPH, "av", "trackers", "sqlalchemy", "dagster._grpc.impl", "onnxruntime", "openvino"]
    worker = workers.Process(target=exec, args=[REPORT, {"answer": answer, "names": names}])
    worker.start()
    assert answer.get(timeout=60) == names[:-2]
    assert answer.get(timeout=60).startswith("reused_connections.")
    worker.join()
    assert worker.exitcode == 0


def test_the_fork_server_imports_before_the_first_run(monkeypatch: pytest.MonkeyPatch) -> None:
    server = forkserver.ForkServer()
    monkeypatch.setattr(forkserver, "ensure_running", server.ensure_running)
    RunWorkers(GRAPH)
    assert server._forkserver_pid is not None  # type: ignore[attr-defined]
    server._stop()  # type: ignore[attr-defined]


def test_a_code_server_starts_its_runs_with_the_given_processes(started: Callable[[], Any]) -> None:
    start_runs_with("fork server")
    assert started() == ("fork server", "request", "context")


def test_another_version_of_dagster_is_left_alone(started: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(internals, "DAGSTER_VERSION", "1.13.28")
    start_runs_with("fork server")
    assert started() == ("spawn", "request", "context")


@pytest.mark.parametrize("is_code_server", [pytest.param(True, id="code-server"), pytest.param(False, id="another")])
def test_only_a_code_server_forks_runs(
    started: Callable[[], Any], monkeypatch: pytest.MonkeyPatch, is_code_server: bool
) -> None:
    if not is_code_server:
        monkeypatch.delitem(sys.modules, CODE_SERVER_MODULE)
    fork_run_workers(GRAPH)
    assert isinstance(started()[0], RunWorkers) == is_code_server
