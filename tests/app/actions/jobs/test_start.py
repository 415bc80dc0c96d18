"""Starting a job: what is requested of Dagster, and that it is requested at most once."""

import json
from dataclasses import replace

import pytest
from dagster import DagsterInstance

from screenalytics_app.actions.cleanup import CleanupRequest
from screenalytics_app.actions.jobs.dagster_server import UnansweredError
from screenalytics_app.actions.jobs.plans import cleanup_plan, cluster_plan
from screenalytics_app.actions.jobs.records import jobs_of, save_job
from screenalytics_app.actions.jobs.start import start_job
from screenalytics_app.actions.jobs.status import job_status
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_assets.settings.episode_settings import change_kept, kept_settings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.run_tags import JOB_TAG, PARTITION_TAG, STARTED_BY_TAG
from screenalytics_resources.tombstones import write_tombstone
from tests.app.actions.jobs.job_bench import RecordingServer
from tests.tiny_episode import EP_ID

AWAY = UnavailableError("Dagster is away.")
REBUILT = (
    *("identities", "cast_assignments", "merge_suggestions", "track_reps", "identity_evaluation", "screen_time"),
)


@pytest.fixture
def server(instance: DagsterInstance) -> RecordingServer:
    return RecordingServer(instance=instance)


def test_a_cluster_job_makes_identities_and_what_follows_with_kept_settings(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer
) -> None:
    record = start_job(store, instance, server, cluster_plan(store, EP_ID, {"cluster_thresh": 0.4}))
    (launched,) = server.launched
    assert launched["job"] == "episode"
    assert launched["assets"] == REBUILT
    assert launched["config"] == {}
    assert launched["tags"] == {PARTITION_TAG: EP_ID, STARTED_BY_TAG: "api", JOB_TAG: record.job_id}
    assert kept_settings(store, EP_ID) == {"cluster_thresh": 0.4}
    assert [one.job_id for one in jobs_of(store, EP_ID)] == [record.job_id]
    assert job_status(instance, record).state == "queued"


def test_a_cleanup_runs_with_its_settings_and_keeps_none(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer
) -> None:
    request = CleanupRequest(EP_ID, ("recluster", "split_tracks"), {"profile": "fast_cpu"}, write_back=True)
    start_job(store, instance, server, cleanup_plan(store, request))
    (launched,) = server.launched
    assert (launched["job"], launched["assets"]) == ("cleanup", ("cleanup_report",))
    assert launched["config"] == {
        "cleanup_report": {
            "profile": "fast_cpu",
            "actions": ["split_tracks", "recluster"],
            "write_back": True,
            "force": False,
        }
    }
    assert kept_settings(store, EP_ID) == {}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"cluster_thresh": 7.0}, "cluster_thresh = 7.0", id="out-of-range"),
        pytest.param({"no_such": 1}, "Unknown setting 'no_such'", id="unknown"),
    ],
)
def test_bad_settings_are_refused(store: ArtifactStore, settings: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        cluster_plan(store, EP_ID, settings)


def test_an_episode_without_tracks_cannot_be_clustered(store: ArtifactStore) -> None:
    for name in ("tracks.jsonl", "tracks.seal.json"):
        store.place.remove(store.manifest(EP_ID, name))
    with pytest.raises(UserError, match=f"{EP_ID} cannot be clustered, because its tracks are missing"):
        cluster_plan(store, EP_ID, {})


def test_a_removed_episode_is_refused(store: ArtifactStore, instance: DagsterInstance, server: RecordingServer) -> None:
    write_tombstone(store, EP_ID)
    with pytest.raises(UserError, match="was removed"):
        start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    assert server.launched == []


def test_one_job_of_a_kind_at_a_time(store: ArtifactStore, instance: DagsterInstance, server: RecordingServer) -> None:
    first = start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    with pytest.raises(ConflictError, match=f"The job {first.job_id} of {EP_ID} is still queued"):
        start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    start_job(store, instance, server, cleanup_plan(store, CleanupRequest(EP_ID, ("recluster",), {})))

    run = instance.get_run_by_id(job_status(instance, first).run_id or "")
    assert run is not None
    instance.report_run_canceled(run)
    second = start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    assert second.job_id > first.job_id


def test_a_repeated_request_with_the_same_key_starts_nothing(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer
) -> None:
    plan = cluster_plan(store, EP_ID, {})
    first = start_job(store, instance, server, plan, "key")
    assert start_job(store, instance, server, plan, "key") == first
    with pytest.raises(UserError, match="Idempotency-Key belongs to another request"):
        start_job(store, instance, server, cluster_plan(store, EP_ID, {"cluster_thresh": 0.4}), "key")
    assert len(server.launched) == 1
    assert "key" not in json.loads(store.place.read_all([store.path("jobs", EP_ID, f"{first.job_id}.json")])[0] or b"")


@pytest.mark.parametrize("when", ["is_away", "fails_before"])
def test_nothing_is_left_of_a_job_whose_run_cannot_be_requested(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer, when: str
) -> None:
    change_kept(store, EP_ID, {"cluster_thresh": 0.5, "min_cluster_size": 2})
    plan = cluster_plan(store, EP_ID, {"cluster_thresh": 0.4, "min_identity_sim": 0.3})
    with pytest.raises(UnavailableError, match="away"):
        start_job(store, instance, replace(server, **{when: AWAY}), plan)
    assert jobs_of(store, EP_ID) == []
    assert kept_settings(store, EP_ID) == {"cluster_thresh": 0.5, "min_cluster_size": 2}


@pytest.mark.parametrize(
    "lost", [pytest.param(AWAY, id="connection-broke"), pytest.param(UnansweredError("No answer."), id="no-answer")]
)
def test_a_run_whose_answer_is_lost_is_found_by_its_tag(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer, lost: Exception
) -> None:
    record = start_job(store, instance, replace(server, fails_after=lost), cluster_plan(store, EP_ID, {}))
    status = job_status(instance, record)
    assert (status.state, status.run_id is not None) == ("queued", True)
    with pytest.raises(ConflictError):
        start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    assert len(server.launched) == 1


def test_a_web_server_of_another_instance_is_refused(store: ArtifactStore, instance: DagsterInstance) -> None:
    server = RecordingServer()
    with pytest.raises(UserError, match="uses another Dagster instance"):
        start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    assert server.terminated == ["run-of-another-instance"]
    assert jobs_of(store, EP_ID) == []


def test_only_the_newest_jobs_are_kept(
    store: ArtifactStore, instance: DagsterInstance, server: RecordingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screenalytics_app.actions.jobs.records.KEPT", 3)
    record = start_job(store, instance, server, cluster_plan(store, EP_ID, {}))
    ids = [f"z{number}" for number in range(5)]
    for job_id in ids:
        save_job(store, record.model_copy(update={"job_id": job_id}))
    assert [one.job_id for one in jobs_of(store, EP_ID)] == ["z4", "z3", "z2"]
