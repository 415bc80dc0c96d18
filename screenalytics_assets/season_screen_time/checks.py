"""Checks of `season_screen_time`."""

from collections.abc import Mapping
from dataclasses import dataclass

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SEASON_SCREEN_TIME
from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import Outcome, integrity_outcome
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.season_screen_time.gather import gather_times
from screenalytics_assets.season_screen_time.integrity import season_time_problems
from screenalytics_resources.artifact_store import ArtifactStore

_AGAIN = "run `screenalytics season --show {show}` again"


@dataclass(frozen=True)
class Loaded:
    """The screen time of a show and of its episodes. `changed` are inputs that are others than it was made from."""

    season: SeasonScreenTime
    episodes: Mapping[str, ScreenTime]
    changed: tuple[str, ...]


def season_seconds_add_up(loaded: Loaded) -> Outcome:
    """Check that the seconds of the show are those of its episodes."""
    subject = f"{len(loaded.season.lanes)} people and unnamed identities"
    again = _AGAIN.format(show=loaded.season.show)
    if loaded.changed:
        changed = ", ".join(loaded.changed)
        return Outcome(False, f"{subject}, made before {changed} changed; {again}", severity="WARN")
    return integrity_outcome(season_time_problems(loaded.season, loaded.episodes), subject, again)


def _load(store: ArtifactStore, show: str) -> Loaded:
    document, gathered = load_artifact(store, SEASON_SCREEN_TIME, show), gather_times(store, show)
    made_from, now = document.provenance.inputs, gathered.inputs
    changed = sorted(name for name in {*made_from, *now} if made_from.get(name) != now.get(name))
    episodes = {episode.ep_id: episode.content for episode in gathered.episodes}
    return Loaded(document.content, episodes, tuple(changed))


SEASON_SCREEN_TIME_CHECKS = asset_checks(
    "season_screen_time",
    _load,
    [Check("season_seconds_add_up", season_seconds_add_up.__doc__ or "", season_seconds_add_up, blocking=True)],
    partitions=SHOWS,
)
