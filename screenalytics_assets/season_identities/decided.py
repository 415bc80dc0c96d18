"""What people decided about the episodes of a show, and about people across episodes."""

from collections.abc import Iterable, Mapping

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, TRACKS, Tracks
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.moderation.anchors import scene_of
from screenalytics_assets.moderation.season import ModeratedEpisodeTracks
from screenalytics_assets.moderation.state import NO_MODERATION
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.errors import UserError

PREFIX = "decisions of "


def decision_inputs(store: ArtifactStore, show: str, episodes: Iterable[str]) -> dict[str, str]:
    """Return the hashes of the decisions of a show and of these episodes, as inputs of a provenance.

    A log without decisions is left out, so a season without any has the provenance that it had before there were any.
    """
    hashes = {log_id: decisions_sha256(store, log_id) for log_id in (show, *episodes)}
    return {f"{PREFIX}{log_id}": sha256 for log_id, sha256 in hashes.items() if sha256 != NO_DECISIONS}


def changed_logs(before: Mapping[str, str], now: Mapping[str, str], logs: Iterable[str]) -> list[str]:
    """Return those of `logs`, in order, whose decisions are not the same in two sets of inputs."""
    return [log_id for log_id in logs if before.get(f"{PREFIX}{log_id}") != now.get(f"{PREFIX}{log_id}")]


def moderated_tracks(store: ArtifactStore, tracks: Tracks, across: bool) -> ModeratedEpisodeTracks | None:
    """Return what the decisions of an episode mean for its tracks; None if there are none, unless `across`.

    `across`: the show has decisions of its own, which need the scene of every episode.

    Raises:
        UserError: the decisions or the description of the video are damaged.
    """
    decided = read_decided(store, tracks)
    if decided.scene is not None:
        return ModeratedEpisodeTracks(decided.scene, decided.moderation)
    if not across:
        return None
    video = load_artifact(store, EPISODE_VIDEO, tracks.ep_id).content
    return ModeratedEpisodeTracks(scene_of(tracks, video), NO_MODERATION)


def readable_episodes(store: ArtifactStore, episodes: Iterable[str]) -> dict[str, ModeratedEpisodeTracks]:
    """Return the tracks and decisions of each of these episodes whose artifacts can be read."""
    found: dict[str, ModeratedEpisodeTracks] = {}
    for ep_id in episodes:
        try:
            moderated = moderated_tracks(store, load_artifact(store, TRACKS, ep_id), across=True)
        except UserError:  # decisions about it are lost until it can be read
            continue
        if moderated is not None:
            found[ep_id] = moderated
    return found
