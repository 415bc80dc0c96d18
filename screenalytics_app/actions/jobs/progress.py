"""How far a job is: from the episode's progress file if its own run wrote it, and otherwise from the run's steps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from screenalytics_app.actions.jobs.failure import failure_sentence
from screenalytics_app.actions.jobs.records import JobRecord
from screenalytics_app.actions.jobs.status import JobStatus, job_status
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.progress import FILE

if TYPE_CHECKING:
    from dagster import DagsterInstance

METRICS_FILE = "track_metrics.json"
METRICS = ("tracks", "detections", "tracks_per_minute", "short_track_fraction", "id_switch_rate")
"""Members of that file that a job shows."""
FIELDS = (
    "stage",
    "done",
    "total",
    "unit",
    "elapsed_s",
    "eta_s",
    "phase",
    "phase_index",
    "phase_total",
    "phase_progress",
    "total_elapsed_seconds",
)
"""Members of the progress file that a job shows."""


@dataclass(frozen=True)
class Progress:
    """Progress of a job. `fields` has those of `FIELDS` that are known."""

    status: JobStatus
    error: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)
    track_metrics: Mapping[str, float] | None = None


def job_progress(store: ArtifactStore, instance: "DagsterInstance", record: JobRecord) -> Progress:
    """Return the progress of a job now."""
    status = job_status(instance, record)
    paths = [store.manifest(record.ep_id, name) for name in (FILE, METRICS_FILE)]
    written, metrics = map(_members, store.place.read_all(paths))
    return Progress(
        status,
        failure_sentence(instance, status),
        _fields(written, status.run_id) or _of_steps(instance, status),
        {name: float(metrics[name]) for name in METRICS if _is_number(metrics.get(name))} or None,
    )


def _fields(written: Mapping[str, Any], run_id: str | None) -> dict[str, Any]:
    """Return the members of the progress file, or none if another run wrote it."""
    if run_id is None or written.get("run_id") != run_id:
        return {}
    return {name: written[name] for name in FIELDS if name in written}


def _of_steps(instance: "DagsterInstance", status: JobStatus) -> dict[str, Any]:
    """Return the asset that is being made, and how many are done. Most stages are too short for a file."""
    if status.run_id is None:
        return {}
    assets = status.record.assets
    steps = {step.step_key: step for step in instance.get_run_step_stats(status.run_id, step_keys=list(assets))}
    done = [asset for asset in assets if asset in steps and steps[asset].end_time]
    at_work = [asset for asset in assets if asset in steps and not steps[asset].end_time]
    stage = next(iter([*at_work, *reversed(done)]), None)
    return {"stage": stage, "done": len(done), "total": len(assets), "unit": "assets"}


def _members(content: bytes | None) -> dict[str, Any]:
    """Return the members of a small document for display; none without one."""
    try:
        members = json.loads(content or b"{}")
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
