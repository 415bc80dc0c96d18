"""Screen time of an episode or a show as it is now, with all decisions, as a document and in every format."""

from dataclasses import dataclass
from pathlib import Path

from screenalytics_app.actions.moderation.view import View, present_view
from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, EPISODE_VIDEO, SEASON_IDENTITIES, TRACKS
from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime
from screenalytics_assets.contract.season_records import LeftOut
from screenalytics_assets.screen_time.files import EPISODE_FORMATS, SEASON_FORMATS
from screenalytics_assets.screen_time.formats.edl import START, edl
from screenalytics_assets.screen_time.people import people_of
from screenalytics_assets.screen_time.timeline import Footage, timeline, uncertain_tracks
from screenalytics_assets.season_screen_time.build_season import build_season
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import people_names
from screenalytics_resources.member_errors import member_problem

TEXT_FORMATS = frozenset({"json", "csv", "vtt", "otio", "edl", "svg"})
"""Formats that a terminal can show."""


@dataclass(frozen=True)
class ScreenTimeRequest:
    """An episode or a show: exactly one of both."""

    ep_id: str | None
    show: str | None


def screen_time(request: ScreenTimeRequest, store: ArtifactStore) -> ScreenTime | SeasonScreenTime:
    """Return the screen time of an episode or a show, with everything that people decided until now.

    Raises:
        UserError: neither or both are given, the episode has no identities, no episode of the show has any, or an
            artifact is damaged.
    """
    if (request.ep_id is None) == (request.show is None):
        raise UserError("Give either --ep-id for one episode or --show for every episode of a show.")
    if request.ep_id is not None:
        return episode_screen_time(store, parse_ep_id(request.ep_id).text)
    return show_screen_time(store, parse_show(request.show or ""))


def episode_screen_time(store: ArtifactStore, ep_id: str, view: View | None = None) -> ScreenTime:
    """Return the screen time of an episode. `view` is the present one, if the caller has it.

    Raises:
        UserError: the episode has no identities, or an artifact is damaged.
    """
    view = view or present_view(store, ep_id)
    tracks, video = load_artifact(store, TRACKS, ep_id), load_artifact(store, EPISODE_VIDEO, ep_id).content
    names = people_names(store, parse_ep_id(ep_id).show)
    return timeline(
        Footage.of(tracks, video),
        tracks.rows,
        view.moderated,
        view.moderation,
        uncertain_tracks(view.episode.identities),
        people_of(view.moderated, _cast(store, ep_id), names),
    )


def show_screen_time(store: ArtifactStore, show: str) -> SeasonScreenTime:
    """Return the screen time of a show over all its episodes. An episode that cannot be read is left out.

    Raises:
        UserError: no episode of the show can be read, or the identities of the season are damaged.
    """
    episodes: list[ScreenTime] = []
    left_out: list[LeftOut] = []
    for ep_id in (name for name in store.episodes() if parse_ep_id(name).show == show):
        try:
            episodes.append(episode_screen_time(store, ep_id))
        except (UserError, OSError) as error:
            left_out.append(LeftOut(ep_id=ep_id, why=member_problem(error)))
    if not episodes:
        why = f" ({left_out[0].why})" if left_out else ""
        raise UserError(f"The show {show!r} has no episode with identities{why}: run its episodes first.")
    known = store.manifest(show, SEASON_IDENTITIES.file).exists()
    season = load_artifact(store, SEASON_IDENTITIES, show).content if known else None
    return build_season(show, episodes, season, left_out)


def in_format(content: ScreenTime | SeasonScreenTime, file_format: str, start: str = START) -> bytes:
    """Return the content of a file in a format.

    Raises:
        UserError: the format is unknown, or not made for a show; or `start` is not a timecode.
    """
    if file_format == "json":
        return content.model_dump_json(indent=1).encode() + b"\n"
    formats = SEASON_FORMATS if isinstance(content, SeasonScreenTime) else EPISODE_FORMATS
    if file_format not in formats:
        choices = ", ".join(("table", "json", *formats))
        other = " for a show: give --ep-id for one episode, or" if file_format in EPISODE_FORMATS else ":"
        raise UserError(f"Screen time has no format {file_format!r}{other} choose one of {choices}.")
    if isinstance(content, SeasonScreenTime):
        return SEASON_FORMATS[file_format](content)
    return edl(content, start) if file_format == "edl" else EPISODE_FORMATS[file_format](content)


def write_file(path: str, content: bytes) -> Path:
    """Write a file of the user. Raises `UserError` if it cannot be written."""
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise UserError(f"--out {path} cannot be written ({error.strerror or error}): choose another file.") from error
    return Path(path)


def _cast(store: ArtifactStore, ep_id: str) -> CastAssignments | None:
    if not store.manifest(ep_id, CAST_ASSIGNMENTS.file).exists():
        return None
    return load_artifact(store, CAST_ASSIGNMENTS, ep_id).content
