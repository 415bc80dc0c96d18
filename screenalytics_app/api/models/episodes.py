"""Episodes: what exists, what the checks say, and what is open."""

from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import Model, Seconds


class JobLine(Model):
    """The latest job of an episode that is not over."""

    job_id: str
    state: Literal["queued", "running"]
    stage: str | None
    progress: float | None = Field(ge=0, le=1)


class EpisodeCard(Model):
    """An episode in the list."""

    ep_id: str
    show: str
    state: Literal["ready", "incomplete", "damaged"]
    problem: str | None = Field(description="why it is incomplete or damaged, with the remedy")
    duration_s: Seconds | None
    tracks: int | None = Field(ge=0)
    identities: int | None = Field(ge=0)
    named: int | None = Field(ge=0, description="identities with a name")
    questions: int | None = Field(ge=0, description="open questions of the queue")
    failed_checks: tuple[str, ...] = Field(description="asset: check")
    warned_checks: tuple[str, ...]
    job: JobLine | None
    thumbs: tuple[str, ...] = Field(description="pictures of the identities with the most time on screen, at most 4")


class CheckLine(Model):
    """Last result of an asset check."""

    asset: str
    name: str
    state: Literal["passed", "warned", "failed", "blocked"]
    message: str


class ArtifactLine(Model):
    """One artifact of an episode."""

    asset: str
    state: Literal["present", "missing", "damaged"]
    rows: int | None


class Video(Model):
    """The episode's video, for a player. Add `player_offset_s` to a time of the artifacts to get the player's."""

    url: str
    width: int
    height: int
    fps: float
    duration_s: Seconds
    player_offset_s: Seconds
    proxy: Literal["none_needed", "present", "missing"] = Field(
        description="whether browsers need another encoding, and whether it exists"
    )


class EpisodeDetail(EpisodeCard):
    """One episode."""

    last_seq: int = Field(ge=0, description="decisions so far")
    decisions_since_run: int = Field(ge=0, description="decisions that the last run did not know")
    dismissed_tracks: int = Field(ge=0)
    unassigned_tracks: int = Field(ge=0)
    video: Video | None
    checks: tuple[CheckLine, ...]
    artifacts: tuple[ArtifactLine, ...]
