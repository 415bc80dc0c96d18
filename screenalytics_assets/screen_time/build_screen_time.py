"""Build the document `screen_time.json` from the artifacts of an episode and its decisions."""

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import EpisodeVideo, Tracks
from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.identities.decided import NOTHING_DECIDED, Decided
from screenalytics_assets.moderation.anchors import scene_of
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.screen_time.people import people_of
from screenalytics_assets.screen_time.timeline import Footage, timeline, uncertain_tracks


def build_screen_time(
    tracks: Tracks,
    video: EpisodeVideo,
    identities: Identities,
    cast: CastAssignments,
    decided: Decided = NOTHING_DECIDED,
) -> ScreenTime:
    """Return who is on screen when, with the decisions of people laid over the identities of the run."""
    scene = decided.scene or scene_of(tracks, video)
    moderated = overlay(identities, decided.decisions, scene, decided.moderation)
    return timeline(
        Footage.of(tracks, video),
        tracks.rows,
        moderated,
        decided.moderation,
        uncertain_tracks(identities),
        people_of(moderated, cast),
    )
