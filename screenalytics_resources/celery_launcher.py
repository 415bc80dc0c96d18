"""Runs as Celery tasks, and whether the worker that took one is still at it."""

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

PATIENCE_S = 5.0
"""A worker answers within milliseconds, also while it runs an episode, as a process of its own does that."""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """A `CeleryRunLauncher` that notices a dead worker.

    Celery keeps a task's last state. That of a worker which is gone, with its machine or killed, stays STARTED for
    ever, so that Dagster would take its run to be under way until `max_runtime_seconds`.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """As Celery says, but FAILED where the worker of a task that has started is not at it any more.

        A worker that was started again under the same name knows nothing of the task, and says so.
        """
        health = super().check_run_worker_health(run)
        task_id = run.tags[DAGSTER_CELERY_TASK_ID_TAG]
        worker = self._worker_of(task_id)
        if health.status != WorkerStatus.RUNNING or worker is None or self._is_at(worker, task_id):
            return health
        health = super().check_run_worker_health(run)  # it may have come to its end meanwhile
        if health.status != WorkerStatus.RUNNING:
            return health
        return CheckRunHealthResult(WorkerStatus.FAILED, f"Celery worker {worker} is no longer executing this run.")

    def _worker_of(self, task_id: str) -> str | None:
        """Name of the worker that has started the task; None where it has not, or has ended."""
        info = self.celery.AsyncResult(task_id).info
        return info.get("hostname") if isinstance(info, dict) else None

    def _is_at(self, worker: str, task_id: str) -> bool:
        inspect = self.celery.control.inspect(destination=[worker], timeout=PATIENCE_S)
        answers = inspect.query_task(task_id) or {}
        return task_id in answers.get(worker, {})
