"""Runs as Celery tasks, and whether the worker that took one still lives."""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE_S = 5.0
"""A worker answers a ping within milliseconds, also while it runs an episode, as a process of its own does that."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """A `CeleryRunLauncher` that notices a dead worker.

    Celery keeps a task's last state. That of a worker which is gone, with its machine or killed, stays STARTED for
    ever, so that Dagster would take its run to be under way until `max_runtime_seconds`.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """As Celery says, but FAILED where the worker of a task that has started does not answer."""
        health = super().check_run_worker_health(run)
        if health.status != WorkerStatus.RUNNING:
            return health
        worker = self._worker_of(run.tags[DAGSTER_CELERY_TASK_ID_TAG])
        if worker is None or self.celery.control.ping(destination=[worker], timeout=PATIENCE_S):
            return health
        return CheckRunHealthResult(WorkerStatus.FAILED, f"Celery worker {worker} does not answer.")

    def _worker_of(self, task_id: str) -> str | None:
        """Name of the worker that has started the task, or None where it has just ended."""
        info = self.celery.AsyncResult(task_id).info
        return info.get("hostname") if isinstance(info, dict) else None
