"""What has changed in episodes since a moment: decisions, artifacts and jobs, found by cheap looks at file times.

Any process may have changed them: another server, the command line, or a run of Dagster.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from screenalytics_app.actions.jobs.records import JobRecord, jobs_of, newest_jobs
from screenalytics_app.actions.jobs.status import LIVE, JobState, job_statuses
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import FILE as DECISIONS_FILE
from screenalytics_resources.decisions.mirror import read_seal
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.storage.place import Entry

if TYPE_CHECKING:
    from dagster import DagsterInstance

MOST_JOBS = 100
"""Jobs of the whole library that are watched, the newest ones."""
_ASSET_OF_FILE = {row.spec.file: asset for asset, row in ARTIFACTS.items() if row.scope != "show"}


@dataclass(frozen=True)
class Change:
    """One change. `asset` is None if any asset may have changed."""

    kind: Literal["decisions", "artifacts", "job"]
    ep_id: str
    last_seq: int | None = None
    asset: str | None = None
    job_id: str | None = None
    state: JobState | None = None


@dataclass(frozen=True)
class EpisodeState:
    """An episode at a moment: its last decision, the times of its artifacts (ns since 1970), and its jobs."""

    seq: int = 0
    artifacts: Mapping[str, int] = field(default_factory=dict)
    jobs: Mapping[str, JobState] = field(default_factory=dict)


Moment = Mapping[str, EpisodeState]
"""States by episode."""


class LibraryWatch:
    """Looks at one episode, or at all of them with `ep_id=None`. It remembers the file of decisions that it read."""

    def __init__(self, store: ArtifactStore, instance: "DagsterInstance", ep_id: str | None) -> None:
        self._store, self._instance, self._ep_id = store, instance, ep_id
        self._read: dict[str, tuple[Entry, int]] = {}

    def look(self) -> Moment:
        """Return the states now."""
        jobs = self._jobs()
        return {ep_id: self._state(ep_id, jobs.get(ep_id, {})) for ep_id in self._episodes()}

    def _episodes(self) -> Sequence[str]:
        if self._ep_id is not None:
            return [self._ep_id]
        return [
            entry.name for entry in self._store.place.entries(self._store.base / "manifests") if is_ep_id(entry.name)
        ]

    def _state(self, ep_id: str, jobs: Mapping[str, JobState]) -> EpisodeState:
        files = {entry.name: entry for entry in self._store.place.entries(self._store.path("manifests", ep_id))}
        artifacts = {asset: files[name].changed_ns for name, asset in _ASSET_OF_FILE.items() if name in files}
        return EpisodeState(self._seq(ep_id, files.get(DECISIONS_FILE)), artifacts, jobs)

    def _seq(self, ep_id: str, file: Entry | None) -> int:
        if file is None:
            return 0
        known = self._read.get(ep_id)
        if known is not None and known[0] == file:
            return known[1]
        try:
            seal = read_seal(self._store, ep_id)
        except UserError:  # damaged: whoever reads the decisions reports it
            return known[1] if known else 0
        seq = seal.decisions if seal else 0
        self._read[ep_id] = (file, seq)
        return seq

    def _jobs(self) -> dict[str, dict[str, JobState]]:
        found: dict[str, dict[str, JobState]] = {}
        for status in job_statuses(self._instance, self._records(), datetime.now(UTC)):
            found.setdefault(status.record.ep_id, {})[status.record.job_id] = status.state
        return found

    def _records(self) -> list[JobRecord]:
        if self._ep_id is None:
            return newest_jobs(self._store, MOST_JOBS)
        return jobs_of(self._store, self._ep_id)


def changes(before: Moment, after: Moment) -> Iterator[Change]:
    """Yield what has changed between two moments."""
    for ep_id, state in after.items():
        old = before.get(ep_id, EpisodeState())
        if state.seq != old.seq:
            yield Change("decisions", ep_id, last_seq=state.seq)
        for asset, changed in state.artifacts.items():
            if changed != old.artifacts.get(asset):
                yield Change("artifacts", ep_id, asset=asset)
        for job_id, job_state in state.jobs.items():
            if job_state != old.jobs.get(job_id):
                yield Change("job", ep_id, job_id=job_id, state=job_state)


def cursor(moment: Moment) -> str:
    """Return a text that names a moment: the number of decisions, and digests of artifacts and of jobs."""
    return f"{_seq(moment)}-{_artifacts(moment)}-{_jobs(moment)}"


def changes_since(given: str, now: Moment) -> Iterator[Change]:
    """Yield what has changed since the moment with this cursor, and perhaps more: digests do not tell which."""
    seq, artifacts, jobs = [*given.split("-"), "", "", ""][:3]
    if seq != _seq(now):
        yield from (Change("decisions", ep_id, last_seq=state.seq) for ep_id, state in now.items() if state.seq)
    if artifacts != _artifacts(now):
        yield from (Change("artifacts", ep_id) for ep_id in now)
    if jobs != _jobs(now):
        yield from _all_jobs(now)


def first_changes(now: Moment) -> Iterator[Change]:
    """Yield what a new listener needs: the last decisions, and the jobs that have not ended."""
    yield from (Change("decisions", ep_id, last_seq=state.seq) for ep_id, state in now.items() if state.seq)
    yield from (change for change in _all_jobs(now) if change.state in LIVE)


def _all_jobs(now: Moment) -> Iterator[Change]:
    for ep_id, state in now.items():
        yield from (Change("job", ep_id, job_id=job_id, state=job) for job_id, job in state.jobs.items())


def _seq(moment: Moment) -> str:
    return str(sum(state.seq for state in moment.values()))


def _artifacts(moment: Moment) -> str:
    return _digest([(ep_id, sorted(state.artifacts.items())) for ep_id, state in sorted(moment.items())])


def _jobs(moment: Moment) -> str:
    return _digest([(ep_id, sorted(state.jobs.items())) for ep_id, state in sorted(moment.items())])


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:12]
