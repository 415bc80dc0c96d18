"""Cards and details of episodes."""

from collections.abc import Sequence
from typing import Literal

from screenalytics_app.actions.episode_status import ArtifactStatus, EpisodeStatus
from screenalytics_app.actions.jobs.live_job import LiveJob
from screenalytics_app.actions.last_checks import LastCheck
from screenalytics_app.api.models.episodes import ArtifactLine, CheckLine, EpisodeCard, EpisodeDetail, JobLine, Video
from screenalytics_app.api.present.episode_counts import Counts, counts
from screenalytics_app.api.present.episode_view import current_view
from screenalytics_app.api.present.proxy import current_proxy
from screenalytics_app.api.present.stored import stored
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, EpisodeVideo
from screenalytics_assets.episode_video.chosen_stream import chosen_stream
from screenalytics_assets.episode_video.playable import plays_in_browsers
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError


def episode_card(
    store: ArtifactStore, status: EpisodeStatus, checks: Sequence[LastCheck], job: LiveJob | None
) -> EpisodeCard:
    """Return the card of an episode. What cannot be read is null, and `problem` says why."""
    ep_id, problem = status.ep_id, _problem(status)
    found: Counts | None = None
    video: EpisodeVideo | None = None
    try:
        video = _video(store, ep_id)
        found = counts(store, ep_id) if _has(status.artifacts, "identities") else None
    except UserError as error:
        problem = ("damaged", str(error))
    tracks = next((artifact.rows for artifact in status.artifacts if artifact.asset == "tracks"), None)
    state, why = problem or ("ready", None)
    return EpisodeCard(
        ep_id=ep_id,
        show=parse_ep_id(ep_id).show,
        state=state,
        problem=why,
        duration_s=None if video is None else video.duration_s,
        tracks=tracks,
        identities=None if found is None else found.identities,
        named=None if found is None else found.named,
        questions=None if found is None else found.questions,
        failed_checks=tuple(_name(check) for check in checks if check.state in ("failed", "blocked")),
        warned_checks=tuple(_name(check) for check in checks if check.state == "warned"),
        job=None if job is None else _job(job),
        thumbs=() if found is None else found.thumbs,
    )


def episode_detail(
    store: ArtifactStore, status: EpisodeStatus, checks: Sequence[LastCheck], job: LiveJob | None
) -> EpisodeDetail:
    """Return one episode."""
    ep_id, card = status.ep_id, episode_card(store, status, checks, job)
    view = current_view(store, ep_id) if card.identities is not None else None
    known = view.episode.identities.decisions if view else None
    decisions = len(view.decisions) if view else 0
    video = _video(store, ep_id) if card.duration_s is not None else None
    return EpisodeDetail(
        **dict(card),
        last_seq=decisions,
        decisions_since_run=decisions - (known.last_seq if known else 0),
        dismissed_tracks=len(view.moderated.dismissed) if view else 0,
        unassigned_tracks=len(view.moderated.unassigned) if view else 0,
        video=None if video is None else _player(store, video),
        checks=tuple(CheckLine(asset=c.asset, name=c.name, state=c.state, message=c.message) for c in checks),
        artifacts=tuple(ArtifactLine(asset=a.asset, state=a.state, rows=a.rows) for a in status.artifacts),
    )


def _job(job: LiveJob) -> JobLine:
    progress = job.done / job.total if job.done is not None and job.total else None
    state: Literal["queued", "running"] = "running" if job.state == "running" else "queued"
    return JobLine(job_id=job.job_id, state=state, stage=job.stage, progress=progress)


def _problem(status: EpisodeStatus) -> tuple[Literal["incomplete", "damaged"], str] | None:
    """Return why an episode is not complete, with the remedy; None if it is."""
    ep_id = status.ep_id
    if status.problem:
        return "damaged", status.problem
    damaged = [artifact.asset for artifact in status.artifacts if artifact.state == "damaged"]
    if damaged:
        return "damaged", f"{damaged[0]} is damaged: `screenalytics run --ep-id {ep_id} --from {damaged[0]}` makes it."
    missing = [artifact.asset for artifact in status.artifacts if artifact.state == "missing"]
    if missing:
        return "incomplete", f"{missing[0]} is missing: `screenalytics run --ep-id {ep_id}` makes it."
    return None


def _has(artifacts: Sequence[ArtifactStatus], asset: str) -> bool:
    return any(artifact.asset == asset and artifact.state == "present" for artifact in artifacts)


def _video(store: ArtifactStore, ep_id: str) -> EpisodeVideo | None:
    document = stored(store, EPISODE_VIDEO, ep_id)
    return None if document is None else document.content


def _player(store: ArtifactStore, video: EpisodeVideo) -> Video:
    plays = plays_in_browsers(video, chosen_stream(store, video.ep_id) is not None)
    copied = current_proxy(store, video.ep_id) is not None
    return Video(
        url=f"/episodes/{video.ep_id}/video",
        width=video.width,
        height=video.height,
        fps=video.fps,
        duration_s=video.duration_s,
        player_offset_s=video.player_offset_s,
        proxy="none_needed" if plays else "present" if copied else "missing",
    )


def _name(check: LastCheck) -> str:
    return f"{check.asset}: {check.name}"
