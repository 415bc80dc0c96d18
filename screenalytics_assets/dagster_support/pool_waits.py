"""What a run does while it waits for a slot of a pool: recover slots of dead runs, and report who holds the slots."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from dagster import DagsterInstance, DagsterRun

from screenalytics_assets.dagster_support.dead_runs import end_dead_runs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import PARTITION_TAG
from screenalytics_resources.waits import WAITS


@dataclass
class PoolWatch:
    """Watches over the waiting steps of this process. `store` has the locks that show which runs are alive."""

    store: ArtifactStore
    _reported: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, instance: DagsterInstance, run: DagsterRun, step_key: str, pool: str) -> None:
        """Recover the slots of `pool` that no living run uses, and report its holders if they have changed.

        Problems of other runs must not fail the run that waits, so an error is logged.
        """
        try:
            recover(instance, self.store, run, step_key, pool)
            sentence = describe_wait(instance, run, step_key, pool)
        except Exception:
            WAITS.exception("Cannot find out which runs hold the pool %s. The run continues to wait.", pool)
            return
        if self._reported.get((run.run_id, step_key)) != sentence:
            self._reported[run.run_id, step_key] = sentence
            WAITS.info(sentence)
            instance.report_engine_event(sentence, run, step_key=step_key)


def recover(instance: DagsterInstance, store: ArtifactStore, run: DagsterRun, step_key: str, pool: str) -> None:
    """Free the slots of dead runs, and queue the waiting step again if no other step has been given a free slot.

    Dagster frees a slot in one transaction and assigns it to the next step in another one. A process that is killed
    in between leaves a free slot that is assigned to no step.
    """
    end_dead_runs(instance, store, time.time(), among=[run_id for run_id, _ in _holders(instance, run, pool)])
    storage = instance.event_log_storage
    info = storage.get_concurrency_info(pool)
    own = [step for step in info.pending_steps if (step.run_id, step.step_key) == (run.run_id, step_key)]
    if own and own[0].assigned_timestamp is None and info.assigned_step_count < info.slot_count:
        storage.free_concurrency_slot_for_step(run.run_id, step_key)
        storage.claim_concurrency_slot(pool, run.run_id, step_key, own[0].priority)


def describe_wait(instance: DagsterInstance, run: DagsterRun, step_key: str, pool: str) -> str:
    """Return a sentence that names the waiting step, the pool, and each run that holds one of its slots."""
    who = f"{_partition(run)}: {step_key} waits for the pool {pool}"
    holders = [_describe(instance, run_id, step) for run_id, step in _holders(instance, run, pool)]
    if not holders:
        return f"{who}, which is about to become free."
    return f"{who}, which {_enumerated(holders)} {'holds' if len(holders) == 1 else 'hold'}."


def _holders(instance: DagsterInstance, run: DagsterRun, pool: str) -> list[tuple[str, str]]:
    """Return run id and step of each slot that is claimed by, or assigned to, another run than `run`."""
    info = instance.event_log_storage.get_concurrency_info(pool)
    claimed = [(slot.run_id, slot.step_key) for slot in info.claimed_slots]
    assigned = [(step.run_id, step.step_key) for step in info.pending_steps if step.assigned_timestamp is not None]
    return [holder for holder in dict.fromkeys((*claimed, *assigned)) if holder[0] != run.run_id]


def _describe(instance: DagsterInstance, run_id: str, step_key: str) -> str:
    holder = instance.get_run_by_id(run_id)
    of = f" of {_partition(holder)}" if holder else ""
    return f"run {run_id[:8]}{of} (step {step_key})"


def _partition(run: DagsterRun) -> str:
    return run.tags.get(PARTITION_TAG, f"run {run.run_id[:8]}")


def _enumerated(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
