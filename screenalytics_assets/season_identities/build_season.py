"""Build the document `season_identities.json` from clusters of the tracks of a show."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.cohesion import cluster_statistics
from screenalytics_assets.clustering.linkage import members_by_label
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.season_records import SeasonEpisode, SeasonIdentities, SeasonIdentity, SeasonMetadata
from screenalytics_assets.identities.build_identities import seconds_on_screen
from screenalytics_assets.identities.cluster_tracks import UNUSABLE
from screenalytics_assets.identities.lasting_ids import LastingIds, carry_ids, first_ids
from screenalytics_assets.season_identities.cluster_season import SeasonClusters
from screenalytics_assets.season_identities.gather import GatheredEpisode, GatheredShow

Config = Mapping[str, str | int | float | bool | None]


def build_season(
    show: str,
    gathered: GatheredShow,
    clusters: SeasonClusters,
    config: Config,
    previous: SeasonIdentities | None,
    incremental: bool,
    mode_reason: str,
) -> SeasonIdentities:
    """Build the document of the season. A cluster keeps the id of an identity of which it holds more than half.

    Tracks are recognised by episode and track id, so the tracks of an episode that was tracked again count as new.
    """
    members = [part for part in members_by_label(clusters.labels) if clusters.labels[part[0]] != UNUSABLE]
    ids = _season_ids(gathered, members, previous)
    pairs = sorted(zip(ids.names, members, strict=True), key=lambda pair: pair[0])
    vectors, keys = gathered.vectors, gathered.keys
    rows = [(episode, track) for episode in gathered.episodes for track in episode.tracks]
    said = gathered.moderation.names
    people = [next((said[keys[row]] for row in part.tolist() if keys[row] in said), None) for _, part in pairs]
    identities = tuple(
        _identity(name, person, part, vectors, rows) for (name, part), person in zip(pairs, people, strict=True)
    )
    in_identity = {key for key, label in zip(keys, clusters.labels.tolist(), strict=True) if label != UNUSABLE}
    sizes = [len(part) for part in members]
    return SeasonIdentities(
        show=show,
        schema_version=1,
        config=config,
        metadata=SeasonMetadata(
            num_episodes=len(gathered.episodes),
            num_tracks=sum(sizes),
            num_unusable_tracks=sum(len(e.tracks) + len(e.outside) for e in gathered.episodes) - sum(sizes),
            num_identities=len(sizes),
            num_singletons=sizes.count(1),
            largest_identity=max(sizes, default=0),
            cannot_link_pairs=len(gathered.cannot_link),
            prevented_merges=clusters.prevented_merges,
            mode="incremental" if incremental else "full",
            mode_reason=mode_reason,
            joined_tracks=clusters.joined,
            model_pack=gathered.episodes[0].pack,
            cluster_thresh=float(config["cluster_thresh"] or 0.0),
        ),
        episodes=tuple(_episode(episode, in_identity) for episode in gathered.episodes),
        left_out=tuple(gathered.left_out),
        identities=identities,
        lineage=ids.lineage,
        next_identity_number=ids.next_number,
    )


def _season_ids(
    gathered: GatheredShow, members: Sequence[NDArray[np.int64]], previous: SeasonIdentities | None
) -> LastingIds:
    if previous is None:
        return first_ids(len(members))
    keys = gathered.keys
    previous_digests = {e.ep_id: e.tracking_digest or e.tracks_digest for e in previous.episodes}
    unchanged = {e.ep_id for e in gathered.episodes if previous_digests.get(e.ep_id) == e.tracking_digest}
    cluster_of = {
        keys[row]: cluster for cluster, part in enumerate(members) for row in part if keys[row][0] in unchanged
    }
    shared = np.zeros((len(previous.identities), len(members)), np.int64)
    for row, identity in enumerate(previous.identities):
        for ep_id, tracks in identity.tracks.items():
            clusters = [cluster_of[ep_id, track] for track in tracks if (ep_id, track) in cluster_of]
            np.add.at(shared[row], clusters, 1)
    deleted = {(e.ep_id, track) for e in gathered.episodes if e.ep_id in unchanged for track in e.deleted}
    weights = [_present_tracks(identity, gathered, deleted) for identity in previous.identities]
    previous_weights = np.array(weights, np.int64)
    cluster_weights = np.array([len(part) for part in members], np.int64)
    previous_ids = [identity.identity_id for identity in previous.identities]
    ids = carry_ids(shared, previous_weights, cluster_weights, previous_ids, previous.next_identity_number)
    same_members = (shared.sum(axis=0) == cluster_weights).all() and (shared.sum(axis=1) == previous_weights).all()
    return replace(ids, lineage=previous.lineage) if ids.names == previous_ids and same_members else ids


def _present_tracks(identity: SeasonIdentity, gathered: GatheredShow, deleted: Collection[tuple[str, str]]) -> int:
    """Return how many tracks of an earlier identity count for its id.

    Tracks that people deleted since do not count, nor do those of episodes that the show no longer has.
    """
    present = {episode.ep_id for episode in gathered.episodes} | {left.ep_id for left in gathered.left_out}
    tracks = [(ep_id, track) for ep_id, of_episode in identity.tracks.items() for track in of_episode]
    return sum(ep_id in present and (ep_id, track) not in deleted for ep_id, track in tracks)


def _identity(
    name: str,
    person_id: str | None,
    members: NDArray[np.int64],
    vectors: NDArray[np.float32],
    rows: Sequence[tuple[GatheredEpisode, Track]],
) -> SeasonIdentity:
    by_episode: dict[str, tuple[GatheredEpisode, list[Track]]] = {}
    for episode, track in (rows[row] for row in members.tolist()):
        by_episode.setdefault(episode.ep_id, (episode, []))[1].append(track)
    statistics = cluster_statistics(vectors[members])
    return SeasonIdentity(
        identity_id=name,
        tracks={ep_id: tuple(track.track_id for track in tracks) for ep_id, (_, tracks) in by_episode.items()},
        episode_identities={
            ep_id: tuple(sorted({episode.identity_of[t.track_id] for t in tracks if t.track_id in episode.identity_of}))
            for ep_id, (episode, tracks) in by_episode.items()
        },
        num_tracks=len(members),
        seconds_on_screen=round(sum(seconds_on_screen(tracks, e.frame_s) for e, tracks in by_episode.values()), 3),
        cohesion=round(statistics.cohesion, 4),
        min_similarity=round(statistics.min_similarity, 4),
        person_id=person_id,
    )


def _episode(episode: GatheredEpisode, in_identity: set[tuple[str, str]]) -> SeasonEpisode:
    outside = {track.track_id for track in episode.tracks if (episode.ep_id, track.track_id) not in in_identity}
    return SeasonEpisode(
        ep_id=episode.ep_id,
        tracks_digest=episode.tracks_digest,
        tracking_digest=episode.tracking_digest,
        embeddings_digest=episode.embeddings_digest,
        exceptions_sha256=episode.exceptions_sha256,
        tracks=len(episode.tracks) + len(episode.outside),
        unusable_tracks=tuple(sorted(outside | set(episode.outside))),
    )
