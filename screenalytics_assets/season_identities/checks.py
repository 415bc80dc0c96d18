"""Checks of `season_identities`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES, TRACK_EMBEDDINGS, TRACKS
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome, integrity_outcome
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.season_identities.integrity import behind, season_faults
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.sealed_files import read_seal


@dataclass(frozen=True)
class Loaded:
    """What the checks look at: tracks of the episodes that are as they were, embeddings' digests of all."""

    season: SeasonIdentities
    tracks_of: Mapping[str, set[str]]
    digests: Mapping[str, str]


def season_is_whole(loaded: Loaded) -> Outcome:
    """Every track of every episode is in exactly one identity, or among the unusable ones."""
    faults = season_faults(loaded.season, loaded.tracks_of)
    return integrity_outcome(
        faults, f"{len(loaded.season.identities)} identities", "materialize season_identities again"
    )


def season_is_of_today(loaded: Loaded) -> Outcome:
    """The season was made from the embeddings that lie there now, of every episode."""
    lag = behind(loaded.season, loaded.digests)
    lag += [f"{left.ep_id} was left out" for left in loaded.season.left_out if left.ep_id not in loaded.digests]
    if not lag:
        return Outcome(True, f"made from all {len(loaded.season.episodes)} episodes as they are now")
    sentence = f"{len(lag)} episodes differ, first: {lag[0]}; run `screenalytics season --show {loaded.season.show}`"
    return Outcome(False, sentence, "WARN", lag[:SHOWN])


def _load(store: ArtifactStore, show: str) -> Loaded:
    season = load_artifact(store, SEASON_IDENTITIES, show).content
    same = {e.ep_id for e in season.episodes if _digest(store, e.ep_id, TRACKS) == e.tracks_digest}
    tracks_of = {
        ep_id: {track.track_id for track in load_artifact(store, TRACKS, ep_id).rows} for ep_id in sorted(same)
    }
    names = [ep_id for ep_id in store.episodes() if parse_ep_id(ep_id).show == show]
    found = {ep_id: _digest(store, ep_id, TRACK_EMBEDDINGS) for ep_id in names}
    return Loaded(season, tracks_of, {ep_id: digest for ep_id, digest in found.items() if digest is not None})


def _digest(store: ArtifactStore, ep_id: str, spec: TableSpec[Any]) -> str | None:
    seal = read_seal(store, spec, ep_id)
    return None if seal is None else seal.digest


SEASON_IDENTITIES_CHECKS = asset_checks(
    "season_identities",
    _load,
    [
        Check(
            "season_is_whole",
            "Every track of every episode is in exactly one identity, or among the unusable ones.",
            season_is_whole,
            blocking=True,
        ),
        Check(
            "season_is_of_today",
            "The season was made from the embeddings that lie there now; only warns.",
            season_is_of_today,
        ),
    ],
    SHOWS,
)
