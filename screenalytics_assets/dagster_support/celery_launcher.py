"""Launcher for runs as Celery tasks that checks whether a run's worker is still alive."""

from dagster import DagsterRun
from dagster_celery.launcher import CeleryRunLauncher
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

from screenalytics_assets.dagster_support.internals import CheckRunHealthResult, WorkerStatus

ANSWER_TIMEOUT_S = 5.0
"""How long to wait for a worker's answer, in seconds.

A worker answers within milliseconds, even during an episode, because a separate process executes the episode.
"""


class WatchedCeleryRunLauncher(CeleryRunLauncher):
    """A `CeleryRunLauncher` that detects dead workers.

    Celery keeps the last state of a task. If the worker is killed or its machine fails, the state remains STARTED
    forever, and Dagster would consider the run in progress until `max_runtime_seconds`.
    """

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Return Celery's status, or FAILED if the task has started but its worker is no longer executing it.

        A worker restarted under the same name does not know the task, and reports that.
        """
        health = super().check_run_worker_health(run)
        task_id = run.tags[DAGSTER_CELERY_TASK_ID_TAG]
        worker = self._assigned_worker(task_id)
        if health.status != WorkerStatus.RUNNING or worker is None or self._is_executing(worker, task_id):
            return health
        health = super().check_run_worker_health(run)  # the run may have ended in the meantime
        if health.status != WorkerStatus.RUNNING:
            return health
        return CheckRunHealthResult(WorkerStatus.FAILED, f"Celery worker {worker} is no longer executing this run.")

    def _assigned_worker(self, task_id: str) -> str | None:
        """Return the name of the worker that started the task, or None if the task has not started or has ended."""
        info = self.celery.AsyncResult(task_id).info
        return info.get("hostname") if isinstance(info, dict) else None

    def _is_executing(self, worker: str, task_id: str) -> bool:
        inspect = self.celery.control.inspect(destination=[worker], timeout=ANSWER_TIMEOUT_S)
        answers = inspect.query_task(task_id) or {}
        return task_id in answers.get(worker, {})
