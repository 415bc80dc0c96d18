"""Checks of `screen_time`."""

from dataclasses import dataclass

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, SCREEN_TIME, TRACKS, Tracks
from screenalytics_assets.contract.screen_time_records import ScreenTime
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.screen_time.integrity import screen_time_problems
from screenalytics_resources.artifact_store import ArtifactStore


@dataclass(frozen=True)
class Loaded:
    """Artifacts that the checks read. `current`: the screen time was made from these tracks and identities."""

    screen_time: ScreenTime
    tracks: Tracks
    identities: Identities
    current: bool


def seconds_add_up(loaded: Loaded) -> Outcome:
    """Check that the seconds on screen of everyone are those that their tracks cover, and that no track is left out."""
    subject = f"{len(loaded.screen_time.lanes)} people and unnamed identities"
    if not loaded.current:
        return Outcome(
            False,
            f"{subject}, made from other tracks or identities than the stored ones; materialize screen_time again",
            severity="WARN",
        )
    dismissed = loaded.identities.dismissed_tracks or ()
    frame_s = 1 / loaded.tracks.metrics.source_fps
    problems = screen_time_problems(loaded.screen_time, loaded.tracks.rows, dismissed, frame_s)
    return integrity_outcome(problems, subject, "materialize screen_time again")


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    document, tracks, identities = (
        load_artifact(store, SCREEN_TIME, ep_id),
        load_artifact(store, TRACKS, ep_id),
        load_artifact(store, IDENTITIES, ep_id),
    )
    made_from = document.provenance.inputs
    current = {"tracks": tracks.digest, "identities": identities.digest}.items() <= made_from.items()
    return Loaded(document.content, tracks, identities.content, current)


SCREEN_TIME_CHECKS = asset_checks(
    "screen_time", _load, [Check("seconds_add_up", seconds_add_up.__doc__ or "", seconds_add_up, blocking=True)]
)
