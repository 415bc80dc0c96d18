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
        if QUEUE_TAG not in run.tags:
            self._instance.add_run_tags(run.run_id, {QUEUE_TAG: self._queue(run)})
        return super().submit_run(context)

    def _queue(self, run: DagsterRun) -> str:
        if run.execution_plan_snapshot_id is None:
            return GPU_QUEUE
        plan = self._instance.get_execution_plan_snapshot(run.execution_plan_snapshot_id)
        pools = {step.pool for step in plan.steps if step.key in plan.step_keys_to_execute}
        return GPU_QUEUE if MODEL_POOL in pools else CPU_QUEUE
