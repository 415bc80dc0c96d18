"""The choice of a Celery queue per run: the GPU queue if any step needs the models, otherwise the CPU queue."""

from dagster import DagsterRun, QueuedRunCoordinator, SubmitRunContext
from sqlalchemy.exc import DBAPIError

QUEUE_TAG = "dagster-celery/queue"
GPU_QUEUE, CPU_QUEUE = "gpu", "cpu"
MODEL_POOL = "inference"


class PoolQueueCoordinator(QueuedRunCoordinator):
    """Dagster's queued run coordinator, which also tags each submitted run with its Celery queue.

    The tags of a job would not reach runs started by an asset backfill or by automation. The pools of the steps are
    known for all runs.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        run = context.dagster_run
        pools = self._pools(run)
        for pool in pools:
            self._register_limit(pool)
        if QUEUE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {QUEUE_TAG: GPU_QUEUE if MODEL_POOL in pools else CPU_QUEUE})
        return super().submit_run(context)

    def _register_limit(self, pool: str) -> None:
        """Register the pool's limit, or a change of it, with Dagster before a worker needs it.

        In PostgreSQL, registering a limit twice is an error. If two workers needed a new pool at the same moment, one
        would fail. After a change of the default limit, all workers would fail.
        """
        storage = self._instance.event_log_storage
        if self._has_current_limit(pool):
            return
        if pool in storage.get_concurrency_keys():
            storage.delete_concurrency_limit(pool)
        try:
            storage.initialize_concurrency_limit_to_default(pool)
        except DBAPIError:  # another process may have registered it first
            if not self._has_current_limit(pool):
                raise

    def _has_current_limit(self, pool: str) -> bool:
        """Return whether the pool is registered with its own limit or with the current default limit."""
        default = self._instance.global_op_concurrency_default_limit
        limits = self._instance.event_log_storage.get_pool_limits()
        return any(limit.name == pool and (not limit.from_default or limit.limit == default) for limit in limits)

    def _pools(self, run: DagsterRun) -> set[str]:
        """Return the pools of the run's steps, or the model pool if the steps are unknown."""
        if run.execution_plan_snapshot_id is None:
            return {MODEL_POOL}
        plan = self._instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        return {step.pool for step in plan.steps if step.key in plan.step_keys_to_execute and step.pool}
