"""Checks of `season_identities`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import SEASON_IDENTITIES, TRACK_EMBEDDINGS, TRACKS
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome, integrity_outcome
from screenalytics_assets.dagster_support.partitions import SHOWS
from screenalytics_assets.season_identities.decided import changed_logs, decision_inputs
from screenalytics_assets.season_identities.gather import why_left_out
from screenalytics_assets.season_identities.integrity import outdated_episodes, season_problems
from screenalytics_resources.artifact import TableSpec
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import read_seal


@dataclass(frozen=True)
class Loaded:
    """Inputs of the checks."""

    season: SeasonIdentities
    tracks_of: Mapping[str, set[str]]
    """Track ids per episode, for the episodes whose tracks have not changed since the season was built."""
    digests: Mapping[str, tuple[str, str]]
    """Digests of the stored tracks and track embeddings per episode, for all episodes of the show that have both."""
    not_ready: Mapping[str, str]
    """Reason per episode that a season built now would leave out."""
    decided: Sequence[str]
    """The show, and episodes of the season, about which people decided something since it was built."""


def season_is_whole(loaded: Loaded) -> Outcome:
    """Check that each track of each episode is in exactly one identity or in the list of unusable tracks."""
    problems = season_problems(loaded.season, loaded.tracks_of)
    return integrity_outcome(
        problems, f"{len(loaded.season.identities)} identities", "materialize season_identities again"
    )


def season_is_of_today(loaded: Loaded) -> Outcome:
    """Check that the season was built from the stored tracks, embeddings and decisions of all episodes of the show."""
    outdated = outdated_episodes(loaded.season, loaded.digests, loaded.not_ready)
    outdated += [f"{log_id} has new decisions" for log_id in loaded.decided]
    left_out = [f"{ep_id}: {why.removesuffix('.')}" for ep_id, why in loaded.not_ready.items()]
    if not outdated and not left_out:
        return Outcome(True, f"up to date with all {len(loaded.season.episodes)} episodes")
    command = f"`screenalytics season --show {loaded.season.show}`"
    sentences: list[str] = []
    if outdated:
        sentences.append(f"changes since it was built: {len(outdated)}, first: {outdated[0]}; run {command}")
    if left_out:
        # Building the season again would leave these episodes out again, so their own remedy comes first.
        sentences.append(f"episodes that are not ready: {len(left_out)}, first: {left_out[0]}; then run {command}")
    return Outcome(False, ". ".join(sentences), "WARN", [*outdated, *left_out][:SHOWN])


def _load(store: ArtifactStore, show: str) -> Loaded:
    document = load_artifact(store, SEASON_IDENTITIES, show)
    season = document.content
    unchanged = {e.ep_id for e in season.episodes if _digest(store, e.ep_id, TRACKS) == e.tracks_digest}
    loaded = {ep_id: _track_ids(store, ep_id) for ep_id in sorted(unchanged)}
    tracks_of = {ep_id: tracks for ep_id, tracks in loaded.items() if tracks is not None}
    names = [ep_id for ep_id in store.episodes() if parse_ep_id(ep_id).show == show]
    digests = {ep_id: digests for ep_id in names if (digests := _digests(store, ep_id)) is not None}
    built_from = {episode.ep_id for episode in season.episodes}
    known = built_from | digests.keys() | {left.ep_id for left in season.left_out}
    candidates = known.intersection(names) - (built_from & digests.keys())
    reasons = {ep_id: why_left_out(store, ep_id) for ep_id in sorted(candidates)}
    not_ready = {ep_id: why for ep_id, why in reasons.items() if why is not None}
    logs = [show, *sorted(built_from.intersection(names))]
    decided = changed_logs(document.provenance.inputs, decision_inputs(store, show, logs[1:]), logs)
    return Loaded(season, tracks_of, digests, not_ready, decided)


def _track_ids(store: ArtifactStore, ep_id: str) -> set[str] | None:
    """Return the ids of the tracks that are not deleted, or None if the artifact is damaged.

    The episode's own checks report damage.
    """
    try:
        return {track.track_id for track in load_artifact(store, TRACKS, ep_id).rows if not track.deleted}
    except UserError:
        return None


def _digests(store: ArtifactStore, ep_id: str) -> tuple[str, str] | None:
    """Return the digests of an episode's tracks and track embeddings, or None if one is missing or damaged."""
    tracks, embeddings = _digest(store, ep_id, TRACKS), _digest(store, ep_id, TRACK_EMBEDDINGS)
    return None if tracks is None or embeddings is None else (tracks, embeddings)


def _digest(store: ArtifactStore, ep_id: str, spec: TableSpec[Any]) -> str | None:
    """Return the digest of a table, or None if it is missing or its seal is damaged."""
    try:
        seal = read_seal(store, spec, ep_id)
    except UserError:
        return None
    return None if seal is None else seal.digest


SEASON_IDENTITIES_CHECKS = asset_checks(
    "season_identities",
    _load,
    [
        Check(
            "season_is_whole",
            "Each track of each episode is in exactly one identity or in the list of unusable tracks.",
            season_is_whole,
            blocking=True,
        ),
        Check(
            "season_is_of_today",
            "The season was built from the current tracks, embeddings and decisions of all episodes of the show. Only "
            "warns.",
            season_is_of_today,
        ),
    ],
    SHOWS,
)
