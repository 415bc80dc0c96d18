"""Jobs: start, list, follow and cancel runs of Dagster."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from screenalytics_app.actions.cleanup import CleanupRequest
from screenalytics_app.actions.jobs.cancel import cancel_job
from screenalytics_app.actions.jobs.dagster_server import DagsterServer
from screenalytics_app.actions.jobs.list_jobs import list_jobs
from screenalytics_app.actions.jobs.plans import JobPlan, cleanup_plan, cluster_plan
from screenalytics_app.actions.jobs.progress import job_progress
from screenalytics_app.actions.jobs.records import JobRecord, find_job
from screenalytics_app.actions.jobs.start import start_job
from screenalytics_app.actions.jobs.status import job_status
from screenalytics_app.api.context import IdempotencyKey, Live, Settings, Store, existing_episode
from screenalytics_app.api.live.job_stream import job_stream, progress_id
from screenalytics_app.api.live.server_events import event_stream, wants_events
from screenalytics_app.api.models.common import EpId, Page
from screenalytics_app.api.models.jobs import CleanupJob, ClusterJob, Job, JobProgress, JobState
from screenalytics_app.api.present.jobs import job_body, progress_body
from screenalytics_app.api.routes.events import LastEventId
from screenalytics_resources.ui_address import ui_address

router = APIRouter(tags=["jobs"])

RETRY_AFTER_S = "2"
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {
        "model": Job,
        "headers": {
            "Location": {"description": "the job", "schema": {"type": "string"}},
            "Retry-After": {"description": "seconds until a look at it is worthwhile", "schema": {"type": "integer"}},
        },
    }
}
_STREAM: dict[str, Any] = {"text/event-stream": {"schema": {"type": "string"}}}
_STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Server-sent events; `data` is a `JobProgress` in JSON.", "content": _STREAM}
}
_PROGRESS: dict[int | str, dict[str, Any]] = {
    200: {"content": _STREAM},
    204: {"description": "The client has the final state already; a browser does not connect again."},
}


def _server(settings: Settings) -> DagsterServer:
    return DagsterServer(settings.dagster_url)


def _ui(settings: Settings) -> str:
    return ui_address(settings.dagster_url)


Server = Annotated[DagsterServer, Depends(_server)]
Ui = Annotated[str, Depends(_ui)]


@router.post("/jobs/cluster", status_code=HTTPStatus.ACCEPTED, responses={**_STREAMED, **_ACCEPTED})
async def cluster(
    job: ClusterJob,
    request: Request,
    store: Store,
    live: Live,
    server: Server,
    ui: Ui,
    key: IdempotencyKey = None,
) -> Response:
    """Make the identities of an episode again. Answers with the progress as server-sent events, if asked by Accept."""
    record = await run_in_threadpool(lambda: start_job(store, live.instance, server, _cluster_plan(store, job), key))
    if wants_events(request):
        return event_stream(job_stream(live.job(record), None), {"Location": f"/jobs/{record.job_id}"})
    return await run_in_threadpool(lambda: _accepted(live, ui, record))


@router.post("/jobs/cluster_async", status_code=HTTPStatus.ACCEPTED, response_model=Job, responses=_ACCEPTED)
def cluster_async(
    job: ClusterJob, store: Store, live: Live, server: Server, ui: Ui, key: IdempotencyKey = None
) -> Response:
    """Make the identities of an episode again, and answer at once."""
    return _accepted(live, ui, start_job(store, live.instance, server, _cluster_plan(store, job), key))


@router.post("/jobs/episode_cleanup_async", status_code=HTTPStatus.ACCEPTED, response_model=Job, responses=_ACCEPTED)
def episode_cleanup_async(
    job: CleanupJob, store: Store, live: Live, server: Server, ui: Ui, key: IdempotencyKey = None
) -> Response:
    """Clean an episode up. Without `write_back`, only a report is written."""
    request = CleanupRequest(
        existing_episode(job.ep_id, store), job.actions, {"profile": job.profile}, write_back=job.write_back
    )
    return _accepted(live, ui, start_job(store, live.instance, server, cleanup_plan(store, request), key))


@router.get("/jobs")
def jobs(
    store: Store,
    live: Live,
    ui: Ui,
    ep_id: EpId | None = None,
    state: JobState | None = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[Job]:
    """List the jobs, newest first."""
    episode = existing_episode(ep_id, store) if ep_id is not None else None
    found, following = list_jobs(store, live.instance, episode, state, cursor, limit)
    return Page(items=tuple(job_body(live.instance, ui, status) for status in found), next=following)


@router.get("/jobs/{job_id}")
def job(job_id: str, store: Store, live: Live, ui: Ui) -> Job:
    """Return a job."""
    return job_body(live.instance, ui, job_status(live.instance, find_job(store, job_id)))


@router.get("/jobs/{job_id}/progress", response_model=JobProgress, responses=_PROGRESS)
async def progress(
    job_id: str, request: Request, store: Store, live: Live, last_event_id: LastEventId = None
) -> JobProgress | Response:
    """Return how far a job is, or with `Accept: text/event-stream` each step, until the final state."""
    record = await run_in_threadpool(find_job, store, job_id)
    known = await run_in_threadpool(lambda: job_progress(store, live.instance, record))
    body = progress_body(known)
    if not wants_events(request):
        return body
    if known.status.is_over and progress_id(body) == last_event_id:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return event_stream(job_stream(live.job(record), last_event_id))


@router.delete("/jobs/{job_id}", status_code=HTTPStatus.ACCEPTED, response_model=Job, responses=_ACCEPTED)
def cancel(job_id: str, store: Store, live: Live, server: Server, ui: Ui) -> Response:
    """Cancel a job. It ends in good order, which takes a moment. A job that is over is refused."""
    status = cancel_job(live.instance, server, find_job(store, job_id))
    return _accepted(live, ui, status.record)


def _cluster_plan(store: Store, job: ClusterJob) -> JobPlan:
    return cluster_plan(store, existing_episode(job.ep_id, store), job.model_dump(exclude={"ep_id"}))


def _accepted(live: Live, ui: str, record: JobRecord) -> Response:
    body = job_body(live.instance, ui, job_status(live.instance, record))
    headers = {"Location": f"/jobs/{record.job_id}", "Retry-After": RETRY_AFTER_S}
    return Response(body.model_dump_json(), HTTPStatus.ACCEPTED, headers, "application/json")
