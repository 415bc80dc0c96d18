"""Which Celery queue a run goes to: that of the GPUs where one of its steps needs the models, else that of the CPUs."""

from dagster import DagsterRun, QueuedRunCoordinator, SubmitRunContext
from sqlalchemy.exc import DBAPIError

QUEUE_TAG = "dagster-celery/queue"
GPU_QUEUE, CPU_QUEUE = "gpu", "cpu"
MODEL_POOL = "inference"


class PoolQueueCoordinator(QueuedRunCoordinator):
    """Dagster's queue, which tags each run with its Celery queue as it comes in.

    A job's own tags would reach neither the runs of an asset backfill nor those that automation starts. The pool of
    a step is known for all of them.
    """

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        run = context.dagster_run
        pools = self._pools(run)
        for pool in pools:
            self._make_known(pool)
        if QUEUE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {QUEUE_TAG: GPU_QUEUE if MODEL_POOL in pools else CPU_QUEUE})
        return super().submit_run(context)

    def _make_known(self, pool: str) -> None:
        """Let Dagster note the pool's limit, or its change, before a worker meets it.

        In PostgreSQL noting a limit a second time is an error: of two workers that meet a new pool at the same moment
        one would fail, and after a change of the default limit all would.
        """
        storage = self._instance.event_log_storage
        if self._is_known(pool):
            return
        if pool in storage.get_concurrency_keys():
            storage.delete_concurrency_limit(pool)
        try:
            storage.initialize_concurrency_limit_to_default(pool)
        except DBAPIError:  # another submitter was first
            if not self._is_known(pool):
                raise

    def _is_known(self, pool: str) -> bool:
        """Whether the pool has a limit of its own, or the default one as it is now."""
        default = self._instance.global_op_concurrency_default_limit
        limits = self._instance.event_log_storage.get_pool_limits()
        return any(one.name == pool and (not one.from_default or one.limit == default) for one in limits)

    def _pools(self, run: DagsterRun) -> set[str]:
        """Pools of the run's steps; that of the models where the steps are not known."""
        if run.execution_plan_snapshot_id is None:
            return {MODEL_POOL}
        plan = self._instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        return {step.pool for step in plan.steps if step.key in plan.step_keys_to_execute and step.pool}
