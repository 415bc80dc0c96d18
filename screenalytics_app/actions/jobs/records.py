"""The file of a job, `jobs/{ep_id}/{job_id}.json`. It is written before the run is requested, and never changed.

Everything else about a job is asked of Dagster, so a job outlives the server that started it.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UnknownError, UserError

JobKind = Literal["cluster", "episode_cleanup"]
FOLDER = "jobs"
KEPT = 50
"""Jobs that are kept per episode, the newest ones."""


class JobRecord(BaseModel):
    """What a job was asked to do. Ids are UUIDs of version 7, so they sort by time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    job_id: str
    ep_id: str
    kind: JobKind
    created_at: datetime
    assets: tuple[str, ...]
    """Assets that the run makes."""
    request_sha256: str
    """Digest of the request, which a repetition with the same idempotency key must have."""
    key_sha256: str | None = None
    """Digest of the idempotency key."""


def save_job(store: ArtifactStore, record: JobRecord) -> None:
    """Write the file of a job, and delete those of the episode's oldest jobs beyond `KEPT`."""
    store.write(store.path(FOLDER, record.ep_id, f"{record.job_id}.json"), record.model_dump_json().encode() + b"\n")
    for job_id in _ids(store, record.ep_id)[KEPT:]:
        store.place.remove(store.path(FOLDER, record.ep_id, f"{job_id}.json"))


def delete_job(store: ArtifactStore, record: JobRecord) -> None:
    """Delete the file of a job whose run could not be requested."""
    store.place.remove(store.path(FOLDER, record.ep_id, f"{record.job_id}.json"))


def find_job(store: ArtifactStore, job_id: str) -> JobRecord:
    """Return a job by its id alone.

    Raises:
        UnknownError: there is no such job.
        UserError: its file is damaged.
    """
    for ep_id, known in _all_ids(store):
        if known == job_id:
            (record,) = _read(store, [(ep_id, known)])
            return record
    raise UnknownError(f"There is no job {job_id[:100]!r}: GET /jobs lists them.")


def jobs_of(store: ArtifactStore, ep_id: str) -> list[JobRecord]:
    """Return the jobs of an episode, newest first."""
    return _read(store, [(ep_id, job_id) for job_id in _ids(store, ep_id)])


def newest_jobs(store: ArtifactStore, most: int, before: str | None = None) -> list[JobRecord]:
    """Return the newest jobs of the library, newest first; with `before`, those that are older than this job."""
    ids = [(ep_id, job_id) for ep_id, job_id in _all_ids(store) if before is None or job_id < before]
    return _read(store, ids[:most])


def _ids(store: ArtifactStore, ep_id: str) -> list[str]:
    names = (entry.name for entry in store.place.entries(store.path(FOLDER, ep_id)))
    return sorted(filter(None, map(_job_id, names)), reverse=True)


def _all_ids(store: ArtifactStore) -> list[tuple[str, str]]:
    """Return episode and id of all jobs, newest first."""
    found = []
    for path in store.place.files(store.base / FOLDER):
        job_id = _job_id(path.name)
        if job_id and is_ep_id(path.parent.name):
            found.append((path.parent.name, job_id))
    return sorted(found, key=lambda one: one[1], reverse=True)


def _job_id(name: str) -> str | None:
    """Return the id in the name of a job's file, or None for another file, such as what a killed writer left."""
    return name.removesuffix(".json") if name.endswith(".json") and not name.startswith(".") else None


def _read(store: ArtifactStore, ids: list[tuple[str, str]]) -> list[JobRecord]:
    paths = [store.path(FOLDER, ep_id, f"{job_id}.json") for ep_id, job_id in ids]
    records = []
    for path, content in zip(paths, store.place.read_all(paths), strict=True):
        if content is None:
            continue  # deleted meanwhile
        try:
            records.append(JobRecord.model_validate_json(content))
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise UserError(f"{store.relative(path)} is no job ({problem}): delete the file.") from None
    return records
