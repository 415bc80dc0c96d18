"""What has changed in episodes since a moment."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from screenalytics_app.actions.library_changes import (
    Change,
    EpisodeState,
    LibraryWatch,
    changes,
    changes_since,
    cursor,
    first_changes,
)
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import FILE
from screenalytics_resources.facebank.cast_store import CastStore
from tests.app.actions.jobs.job_bench import run_of
from tests.app.actions.jobs.test_status import make_job
from tests.resources.decisions.gestures import lock
from tests.resources.decisions.log_bench import LogBench
from tests.tiny_episode import EP_ID

OTHER = "tiny-s01e02"
STATE = EpisodeState(seq=3, artifacts={"tracks": 1, "identities": 2}, jobs={"01": "running", "00": "succeeded"})
NOW = {EP_ID: STATE, OTHER: EpisodeState(artifacts={"tracks": 5})}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param(STATE, [], id="nothing"),
        pytest.param(replace(STATE, seq=5), [Change("decisions", EP_ID, last_seq=5)], id="decisions"),
        pytest.param(
            replace(STATE, artifacts={"tracks": 1, "identities": 9, "track_reps": 1}),
            [Change("artifacts", EP_ID, asset="identities"), Change("artifacts", EP_ID, asset="track_reps")],
            id="artifacts",
        ),
        pytest.param(
            replace(STATE, jobs={"01": "failed", "02": "queued"}),
            [
                Change("job", EP_ID, job_id="01", state="failed"),
                Change("job", EP_ID, job_id="02", state="queued"),
            ],
            id="jobs",
        ),
    ],
)
def test_changes_between_two_moments(after: EpisodeState, expected: list[Change]) -> None:
    assert list(changes(NOW, {**NOW, EP_ID: after})) == expected


def test_a_new_episode_is_a_change() -> None:
    assert list(changes({}, {OTHER: NOW[OTHER]})) == [Change("artifacts", OTHER, asset="tracks")]


ALL_ARTIFACTS = [Change("artifacts", EP_ID), Change("artifacts", OTHER)]
ALL_JOBS = [Change("job", EP_ID, job_id="01", state="running"), Change("job", EP_ID, job_id="00", state="succeeded")]
DECISIONS = [Change("decisions", EP_ID, last_seq=3)]


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param(STATE, [], id="nothing"),
        pytest.param(replace(STATE, seq=1), DECISIONS, id="decisions"),
        pytest.param(replace(STATE, artifacts={}), ALL_ARTIFACTS, id="artifacts"),
        pytest.param(replace(STATE, jobs={"01": "queued"}), ALL_JOBS, id="jobs"),
        pytest.param(EpisodeState(), DECISIONS + ALL_ARTIFACTS + ALL_JOBS, id="everything"),
    ],
)
def test_a_cursor_resumes_without_loss(before: EpisodeState, expected: Iterable[Change]) -> None:
    assert list(changes_since(cursor({**NOW, EP_ID: before}), NOW)) == expected


@pytest.mark.parametrize("given", ["", "nonsense", "3", "1-2-3-4", "-" * 50])
def test_a_cursor_of_somebody_else_tells_everything(given: str) -> None:
    assert set(changes_since(given, NOW)) >= {*ALL_ARTIFACTS, *ALL_JOBS}


def test_who_begins_to_listen_learns_decisions_and_live_jobs() -> None:
    assert list(first_changes(NOW)) == [*DECISIONS, ALL_JOBS[0]]


def test_the_watch_sees_decisions_artifacts_and_jobs(
    store: ArtifactStore, instance: DagsterInstance, cast: CastStore
) -> None:
    watch = LibraryWatch(store, instance, EP_ID)
    before = watch.look()
    assert (before[EP_ID].seq, before[EP_ID].jobs) == (0, {})
    assert {"tracks", "identities", "track_embeddings"} <= before[EP_ID].artifacts.keys()
    assert list(changes(before, watch.look())) == []

    LogBench(store, cast, EP_ID).add(lock(), lock(2))
    identities = Path(str(store.manifest(EP_ID, "identities.json")))
    identities.with_name("copy").write_bytes(identities.read_bytes())
    identities.with_name("copy").replace(identities)
    make_job(store, "01")
    run_of(instance, "01", DagsterRunStatus.STARTED)
    assert list(changes(before, watch.look())) == [
        Change("decisions", EP_ID, last_seq=2),
        Change("artifacts", EP_ID, asset="identities"),
        Change("job", EP_ID, job_id="01", state="running"),
    ]
    assert LibraryWatch(store, instance, None).look() == watch.look()


def test_a_damaged_mirror_is_no_change(store: ArtifactStore, instance: DagsterInstance, cast: CastStore) -> None:
    LogBench(store, cast, EP_ID).add(lock(), lock(2))
    watch = LibraryWatch(store, instance, None)
    before = watch.look()
    assert before[EP_ID].seq == 2
    store.write(store.manifest(EP_ID, FILE), b"damaged")
    assert list(changes(before, watch.look())) == []
