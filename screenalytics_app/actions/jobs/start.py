"""Start a job, at most once."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from screenalytics_app.actions.jobs.dagster_server import DagsterServer, UnansweredError
from screenalytics_app.actions.jobs.plans import JobPlan
from screenalytics_app.actions.jobs.records import JobRecord, delete_job, jobs_of, save_job
from screenalytics_app.actions.jobs.status import job_status, job_statuses
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_assets.automation.adoption import adopt
from screenalytics_assets.settings.episode_settings import change_kept, kept_settings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.records import uuid7
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import HeldLockError, UserError
from screenalytics_resources.facebank.file_locks import locked
from screenalytics_resources.run_tags import JOB_TAG, PARTITION_TAG, STARTED_BY_TAG
from screenalytics_resources.tombstones import refuse_removed

if TYPE_CHECKING:
    from dagster import DagsterInstance

STARTED_BY = "api"


def start_job(
    store: ArtifactStore, instance: "DagsterInstance", server: DagsterServer, plan: JobPlan, key: str | None = None
) -> JobRecord:
    """Store a job, request its run, and return the job. With the key of an earlier request, return that job.

    Raises:
        ConflictError: a job of the same kind is queued or running for the episode.
        HeldLockError: settings are given, and another process works on the episode.
        UnavailableError: Dagster's web server does not answer.
        UserError: the key belongs to another request, or Dagster refuses the run.
    """
    refuse_removed(store, plan.ep_id)
    key_sha256 = hashlib.sha256(key.encode()).hexdigest() if key else None
    with _turn(store, plan.ep_id):
        earlier = _earlier(store, plan, key_sha256)
        if earlier is not None:
            return earlier
        _refuse_second(instance, store, plan)
        server.probe()
        _register(instance, store, plan.ep_id)
        record = JobRecord(
            job_id=str(uuid7()),
            ep_id=plan.ep_id,
            kind=plan.kind,
            created_at=datetime.now(UTC),
            assets=plan.assets,
            request_sha256=plan.sha256,
            key_sha256=key_sha256,
        )
        with _settings_kept(store, plan):
            save_job(store, record)
            _request_run(store, instance, server, plan, record)
        return record


def _request_run(
    store: ArtifactStore, instance: "DagsterInstance", server: DagsterServer, plan: JobPlan, record: JobRecord
) -> None:
    tags = {PARTITION_TAG: plan.ep_id, STARTED_BY_TAG: STARTED_BY, JOB_TAG: record.job_id}
    try:
        run_id = server.launch(plan.dagster_job, plan.assets, plan.config, tags)
    except UnansweredError:
        return  # The run may exist. Its tag shows that from now on, and otherwise the job counts as failed soon.
    except Exception:
        if job_status(instance, record).run is not None:
            return
        delete_job(store, record)
        raise
    if instance.get_run_by_id(run_id) is None:
        server.terminate(run_id)
        delete_job(store, record)
        raise UserError(
            f"The web server at {server.url} uses another Dagster instance than this server: start both with the same "
            "DAGSTER_HOME."
        )


@contextmanager
def _settings_kept(store: ArtifactStore, plan: JobPlan) -> Iterator[None]:
    """Keep the settings of the job with the episode before its run reads them; not if the run cannot be requested."""
    if not plan.kept:
        yield
        return
    before = kept_settings(store, plan.ep_id)
    _keep(store, plan.ep_id, plan.kept, {})
    try:
        yield
    except Exception:
        _keep(store, plan.ep_id, {name: before[name] for name in plan.kept if name in before}, plan.kept)
        raise


def _keep(store: ArtifactStore, ep_id: str, values: Mapping[str, Any], instead_of: Mapping[str, Any]) -> None:
    with episode_lock(store, ep_id):
        change_kept(store, ep_id, values, instead_of.keys() - values.keys())


def _register(instance: "DagsterInstance", store: ArtifactStore, ep_id: str) -> None:
    try:
        adopt(instance, store, ep_id)
    except HeldLockError:
        instance.add_dynamic_partitions("episodes", [ep_id])  # who works on the episode has adopted it


def _earlier(store: ArtifactStore, plan: JobPlan, key_sha256: str | None) -> JobRecord | None:
    """Return the job of an earlier request with this key. Raises `UserError` if that was another request."""
    if key_sha256 is None:
        return None
    found = next((record for record in jobs_of(store, plan.ep_id) if record.key_sha256 == key_sha256), None)
    if found is not None and found.request_sha256 != plan.sha256:
        raise UserError("This Idempotency-Key belongs to another request: use a new one for each job.")
    return found


def _refuse_second(instance: "DagsterInstance", store: ArtifactStore, plan: JobPlan) -> None:
    records = [record for record in jobs_of(store, plan.ep_id) if record.kind == plan.kind]
    for status in job_statuses(instance, records, datetime.now(UTC)):
        if not status.is_over:
            raise ConflictError(
                f"The job {status.record.job_id} of {plan.ep_id} is still {status.state}: wait for its end, or cancel "
                "it."
            )


@contextmanager
def _turn(store: ArtifactStore, ep_id: str) -> Iterator[None]:
    """Let one request at a time start jobs of an episode, of all servers on this machine."""
    folder = store.machine_folder / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / f"{ep_id}.jobs"):
        yield
