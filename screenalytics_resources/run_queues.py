"""Which Celery queue a run goes to: that of the GPUs where one of its steps needs the models, else that of the CPUs."""

from dagster import DagsterRun
from dagster._core.run_coordinator import QueuedRunCoordinator, SubmitRunContext

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
            # In PostgreSQL two workers that meet a new pool at the same moment break each other's transaction, and
            # one run fails: so a pool is known before the first of them starts.
            self._instance.event_log_storage.initialize_concurrency_limit_to_default(pool)
        if QUEUE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {QUEUE_TAG: GPU_QUEUE if MODEL_POOL in pools else CPU_QUEUE})
        return super().submit_run(context)

    def _pools(self, run: DagsterRun) -> set[str]:
        """Pools of the run's steps; that of the models where the steps are not known."""
        if run.execution_plan_snapshot_id is None:
            return {MODEL_POOL}
        plan = self._instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        return {step.pool for step in plan.steps if step.key in plan.step_keys_to_execute and step.pool}
