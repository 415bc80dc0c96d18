"""Gather the screen time of all episodes of a show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SCREEN_TIME, SEASON_IDENTITIES, ScreenTimeDocument
from screenalytics_assets.contract.season_records import LeftOut, SeasonIdentities
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError


@dataclass(frozen=True)
class GatheredTimes:
    """Documents of the episodes in order, the episodes left out, and the digests of all inputs by name."""

    episodes: Sequence[ScreenTimeDocument]
    left_out: Sequence[LeftOut]
    season: SeasonIdentities | None
    inputs: Mapping[str, str]


def gather_times(store: ArtifactStore, show: str) -> GatheredTimes:
    """Gather the stored screen time of each episode of `show`. Episodes without one are left out.

    Raises:
        UserError: the identities of the season are damaged.
    """
    episodes: list[ScreenTimeDocument] = []
    left_out: list[LeftOut] = []
    for ep_id in (name for name in store.episodes() if parse_ep_id(name).show == show):
        try:
            episodes.append(load_artifact(store, SCREEN_TIME, ep_id))
        except UserError as error:
            left_out.append(LeftOut(ep_id=ep_id, why=str(error)))
    inputs = {document.ep_id: document.digest for document in episodes}
    season = None
    if store.manifest(show, SEASON_IDENTITIES.file).exists():
        stored = load_artifact(store, SEASON_IDENTITIES, show)
        season, inputs["season_identities"] = stored.content, stored.digest
    return GatheredTimes(episodes, left_out, season, inputs)
