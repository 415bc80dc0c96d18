"""States, failures and lists of jobs, as Dagster's storage tells them."""

from datetime import UTC, datetime, timedelta

import pytest
from dagster import DagsterInstance, DagsterRunStatus, Failure, RunsFilter, job, op
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions.jobs.cancel import cancel_job
from screenalytics_app.actions.jobs.failure import failure_sentence
from screenalytics_app.actions.jobs.list_jobs import list_jobs
from screenalytics_app.actions.jobs.live_job import LiveJob, live_job
from screenalytics_app.actions.jobs.progress import job_progress
from screenalytics_app.actions.jobs.records import JobRecord, find_job, save_job
from screenalytics_app.actions.jobs.status import JobStatus, job_status
from screenalytics_app.actions.moderation.errors import ConflictError
from screenalytics_assets.automation.run_evaluations import WILL_RETRY_TAG
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UnavailableError, UnknownError, UserError
from screenalytics_resources.progress import FileProgress
from screenalytics_resources.run_tags import JOB_TAG
from tests.app.actions.jobs.job_bench import RecordingServer, make_run, run_of
from tests.tiny_episode import EP_ID

S = DagsterRunStatus


def make_job(store: ArtifactStore, job_id: str = "01", age_s: float = 0, ep_id: str = EP_ID) -> JobRecord:
    record = JobRecord(
        job_id=job_id,
        ep_id=ep_id,
        kind="cluster",
        created_at=datetime.now(UTC) - timedelta(seconds=age_s),
        assets=("identities", "track_reps"),
        request_sha256="",
    )
    save_job(store, record)
    return record


@pytest.mark.parametrize(
    ("runs", "age_s", "state"),
    [
        pytest.param([], 0, "queued", id="being-submitted"),
        pytest.param([], 600, "failed", id="never-submitted"),
        pytest.param([S.QUEUED], 600, "queued", id="queued"),
        pytest.param([S.NOT_STARTED], 0, "queued", id="not-started"),
        pytest.param([S.STARTING], 0, "running", id="starting"),
        pytest.param([S.STARTED], 0, "running", id="started"),
        pytest.param([S.CANCELING], 0, "running", id="canceling"),
        pytest.param([S.SUCCESS], 0, "succeeded", id="succeeded"),
        pytest.param([S.FAILURE], 0, "queued", id="retried"),
        pytest.param([S.CANCELED], 0, "canceled", id="canceled"),
        pytest.param([S.FAILURE, S.STARTED], 0, "running", id="repeated"),
    ],
)
def test_the_newest_run_decides(
    store: ArtifactStore, instance: DagsterInstance, runs: list[DagsterRunStatus], age_s: float, state: str
) -> None:
    record = make_job(store, age_s=age_s)
    ids = [run_of(instance, record.job_id, status) for status in runs]
    run_of(instance, "another-job", S.SUCCESS)
    status = job_status(instance, record)
    assert (status.state, status.run_id) == (state, ids[-1] if ids else None)
    assert status.is_over == (state in ("succeeded", "failed", "canceled"))


def test_a_failed_run_that_is_not_retried_is_a_failed_job(store: ArtifactStore, instance: DagsterInstance) -> None:
    record = make_job(store)
    make_run(instance, {JOB_TAG: record.job_id, WILL_RETRY_TAG: "false"}, S.FAILURE)
    assert job_status(instance, record).state == "failed"


def failed(store: ArtifactStore, instance: DagsterInstance, error: Exception | None) -> JobStatus:
    """Return the status of a job whose run fails with this error, or without any step."""
    record = make_job(store)

    @op
    def step() -> None:
        raise error or AssertionError

    @job(tags={JOB_TAG: record.job_id})
    def work() -> None:
        step()

    if error is not None:
        work.execute_in_process(instance=instance, raise_on_error=False)
    else:
        run = create_run_for_test(instance, tags={JOB_TAG: record.job_id}, status=S.STARTED)
        instance.report_run_failed(run, "The process of this run was killed.")
    return job_status(instance, record)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        pytest.param(Failure("The faces are gone: run it again."), "The faces are gone: run it again.", id="for-users"),
        pytest.param(
            ValueError("/home/ann/secret"),
            "The run failed unexpectedly in step; its page in Dagster shows the error.",
            id="unexpected",
        ),
        pytest.param(None, "The process of this run was killed.", id="killed"),
    ],
)
def test_a_failure_is_one_sentence_without_paths(
    store: ArtifactStore, instance: DagsterInstance, error: Exception | None, sentence: str
) -> None:
    status = failed(store, instance, error)
    assert status.state == "failed"
    assert failure_sentence(instance, status) == sentence


def test_a_job_that_never_got_a_run_says_so(store: ArtifactStore, instance: DagsterInstance) -> None:
    status = job_status(instance, make_job(store, age_s=600))
    assert failure_sentence(instance, status) == (
        "The server stopped before Dagster had queued the run: start the job again."
    )


def test_jobs_are_listed_in_pages_newest_first(store: ArtifactStore, instance: DagsterInstance) -> None:
    for number in range(5):
        make_job(store, f"0{number}", ep_id=EP_ID if number < 4 else "tiny-s01e02")
        run_of(instance, f"0{number}", S.SUCCESS if number % 2 else S.STARTED)

    def listed(*arguments: object) -> tuple[list[str], str | None]:
        found, following = list_jobs(store, instance, *arguments)  # type: ignore[arg-type]
        return [status.record.job_id for status in found], following

    assert listed(None, None, None, 2) == (["04", "03"], "03")
    assert listed(None, None, "03", 2) == (["02", "01"], "01")
    assert listed(None, None, "01", 2) == (["00"], None)
    assert listed(EP_ID, None, None, 9) == (["03", "02", "01", "00"], None)
    assert listed(None, "running", None, 2) == (["04", "02"], "02")
    assert listed(None, "failed", None, 2) == ([], None)


@pytest.mark.parametrize("job_id", ["02", "../01", "01.json", "", ".partial-01"])
def test_only_a_known_id_finds_a_job(store: ArtifactStore, job_id: str) -> None:
    made = make_job(store)
    store.write(store.path("jobs", EP_ID, ".partial-01.json"), b"{")
    assert find_job(store, "01") == made
    with pytest.raises(UnknownError, match="There is no job"):
        find_job(store, job_id)


def test_a_damaged_job_is_named(store: ArtifactStore) -> None:
    store.write(store.path("jobs", EP_ID, "01.json"), b'{"job_id": "01"}')
    with pytest.raises(UserError, match=rf"jobs/{EP_ID}/01\.json is no job .*: delete the file"):
        find_job(store, "01")


def test_progress_of_another_run_is_not_shown(store: ArtifactStore, instance: DagsterInstance) -> None:
    record = make_job(store)
    run_id = run_of(instance, record.job_id, S.STARTED)
    FileProgress(store, "another-run").start(EP_ID, "tracks", 200, "frames")(20)
    assert job_progress(store, instance, record).fields == {"stage": None, "done": 0, "total": 2, "unit": "assets"}
    FileProgress(store, run_id).start(EP_ID, "faces", 10, "tracks")(10)
    fields = job_progress(store, instance, record).fields
    assert (fields["stage"], fields["done"], fields["total"], fields["unit"]) == ("faces", 10, 10, "tracks")
    assert "run_id" not in fields


def test_the_metrics_of_the_tracks_are_shown(store: ArtifactStore, instance: DagsterInstance) -> None:
    metrics = job_progress(store, instance, make_job(store)).track_metrics
    assert metrics == {
        "tracks": 5,
        "detections": 130,
        "tracks_per_minute": 15.0,
        "short_track_fraction": 0.0,
        "id_switch_rate": 0.0,
    }


def test_a_job_is_cancelled_once(store: ArtifactStore, instance: DagsterInstance) -> None:
    server, record = RecordingServer(instance=instance), make_job(store)
    with pytest.raises(UnavailableError, match="has not queued the run of job 01 yet"):
        cancel_job(instance, server, record)
    run_id = run_of(instance, record.job_id, S.STARTED)
    assert cancel_job(instance, server, record).state == "running"
    assert server.terminated == [run_id]
    (run,) = instance.get_runs(RunsFilter(run_ids=[run_id]))
    instance.report_run_canceled(run)
    with pytest.raises(ConflictError, match=r"The job 01 is over \(canceled\)"):
        cancel_job(instance, server, record)
    assert server.terminated == [run_id]


def never() -> DagsterInstance:
    raise AssertionError("Without a job, Dagster's storage is not opened.")


def test_the_newest_job_is_shown_until_it_is_over(store: ArtifactStore, instance: DagsterInstance) -> None:
    assert live_job(store, never, EP_ID) is None
    make_job(store, "01")
    run_of(instance, "01", S.SUCCESS)
    assert live_job(store, lambda: instance, EP_ID) is None
    make_job(store, "02")
    run = run_of(instance, "02", S.STARTED)
    FileProgress(store, run).start(EP_ID, "identities", 8, "tracks")(2)
    found = live_job(store, lambda: instance, EP_ID)
    assert found == LiveJob("02", "running", "identities", 0, 8)
