"""Why a job failed, in one sentence for a person, without traceback."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from screenalytics_app.actions.jobs.status import NEVER_STARTED, JobStatus
from screenalytics_resources.recent import Recent

if TYPE_CHECKING:
    from dagster import DagsterInstance

_BLOCKED = "DagsterAssetCheckFailedError"
_known: Recent[str, str] = Recent(256)
"""Sentences by run: a failed run does not change."""


def failure_sentence(instance: "DagsterInstance", status: JobStatus) -> str | None:
    """Return why the job failed, or None if it did not."""
    if status.state != "failed":
        return None
    if status.run_id is None:
        return NEVER_STARTED
    sentence = _known.get(status.run_id)
    if sentence is None:
        sentence = next(_sentences(instance, status.run_id), None) or "The run failed; its page in Dagster says why."
        _known.put(status.run_id, sentence)
    return sentence


def _sentences(instance: "DagsterInstance", run_id: str) -> Iterator[str]:
    """Yield the sentences of the steps that failed, then that of the run."""
    from dagster import DagsterEventType

    for event in _events(instance, run_id, DagsterEventType.STEP_FAILURE):
        data = event.step_failure_data
        if data.user_failure_data is not None and data.user_failure_data.description:
            yield str(data.user_failure_data.description)
        elif data.error is not None and _BLOCKED in data.error.message:
            yield f"A blocking check failed after {event.step_key}, so nothing was built on that result."
        else:
            yield f"The run failed unexpectedly in {event.step_key}; its page in Dagster shows the error."
    for event in _events(instance, run_id, DagsterEventType.RUN_FAILURE):
        if event.message and event.event_specific_data is None:  # otherwise it repeats an error
            yield str(event.message)


def _events(instance: "DagsterInstance", run_id: str, kind: Any) -> Iterator[Any]:
    for record in instance.get_records_for_run(run_id, of_type=kind).records:
        if record.event_log_entry.dagster_event is not None:
            yield record.event_log_entry.dagster_event
