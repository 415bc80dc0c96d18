"""Gather the tracks of all episodes of a show as one set of vectors to cluster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.clustering.constraints import Constraints, Pairs, no_pairs
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES, TRACK_EMBEDDINGS, TRACKS, Track
from screenalytics_assets.contract.season_records import LeftOut
from screenalytics_assets.identities.cooccurrence import sharing_pairs
from screenalytics_assets.identities.decided_links import links
from screenalytics_assets.moderation.mark_tracks import before_decisions
from screenalytics_assets.moderation.season import (
    NOTHING_DECIDED,
    ModeratedEpisodeTracks,
    SeasonModeration,
    season_moderation,
)
from screenalytics_assets.moderation.vouched import vouched_tracks
from screenalytics_assets.season_identities.decided import decision_inputs, moderated_tracks
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import catch_up
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256, read_decisions
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.member_errors import member_problem


@dataclass(frozen=True)
class GatheredEpisode:
    """One episode: its tracks with an embedding, in the order of `vectors` (U, D), and the digests of its inputs.

    Deleted tracks are left out. `outside` are tracks without an embedding, and those that people dismissed since the
    episode was run.
    """

    ep_id: str
    tracks: Sequence[Track]
    outside: Sequence[str]
    vectors: NDArray[np.float32]
    norms: NDArray[np.float64]
    cannot_link: Pairs
    frame_s: float
    pack: str
    tracks_digest: str
    tracking_digest: str
    """Digest of the tracks without decisions of people: while it stays, a track id means the same track."""
    embeddings_digest: str
    exceptions_sha256: str
    identity_of: Mapping[str, str]
    """Identity of each track in the identities of the episode; empty if the episode has no identities."""
    deleted: frozenset[str] = frozenset()
    """Tracks that people deleted or dismissed."""
    moderated: ModeratedEpisodeTracks | None = None
    """What people decided; None if neither the episode nor the show has decisions."""


@dataclass(frozen=True)
class GatheredShow:
    """Episodes in order, the episodes that were left out with the reason, and what people decided.

    `decisions` are the hashes of the logs, as inputs of a provenance.
    """

    episodes: Sequence[GatheredEpisode]
    left_out: Sequence[LeftOut]
    moderation: SeasonModeration = NOTHING_DECIDED
    decisions: Mapping[str, str] = field(default_factory=dict)

    @property
    def vectors(self) -> NDArray[np.float32]:
        return np.concatenate([episode.vectors for episode in self.episodes])

    @property
    def norms(self) -> NDArray[np.float64]:
        return np.concatenate([episode.norms for episode in self.episodes])

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Episode id and track id of each row."""
        return [(episode.ep_id, track.track_id) for episode in self.episodes for track in episode.tracks]

    @property
    def cannot_link(self) -> Pairs:
        """Pairs of rows that share a frame of an episode."""
        starts = np.cumsum([0, *(len(episode.tracks) for episode in self.episodes)])
        pairs = [episode.cannot_link + start for episode, start in zip(self.episodes, starts, strict=False)]
        return np.concatenate([no_pairs(), *pairs])

    @cached_property
    def constraints(self) -> Constraints:
        """What shared frames and people say about the rows."""
        said = self.moderation
        vouched = {
            (episode.ep_id, track)
            for episode in self.episodes
            if episode.moderated is not None
            for track in vouched_tracks(episode.moderated.moderation)
        }
        vouched |= {track for tracks in (*said.groups, *said.apart) for track in tracks}
        return links(said.groups, said.apart, said.together, vouched, self.keys, self.cannot_link)


def gather_show(store: ArtifactStore, show: str, cannot_link: bool) -> GatheredShow:
    """Gather each episode of `show` whose stored tracks and track embeddings belong together.

    Raises:
        UserError: there is no such episode, the decisions of the show are damaged, or the episodes were made with
            different model packs, whose embeddings cannot be compared.
    """
    names = [name for name in store.episodes() if parse_ep_id(name).show == show]
    for log_id in (show, *names):
        catch_up(store, log_id)
    # The hashes come first: a decision that is made in between makes the result stale, and is not missed.
    decisions, said = decision_inputs(store, show, names), read_decisions(store, show)
    episodes: list[GatheredEpisode] = []
    left_out: list[LeftOut] = []
    for ep_id in names:
        try:
            episodes.append(_episode(store, ep_id, cannot_link, across=bool(said)))
        except Exception as error:
            left_out.append(LeftOut(ep_id=ep_id, why=member_problem(error)))
    if not episodes:
        why = f" ({left_out[0].why})" if left_out else ""
        raise UserError(f"Show {show!r} has no episode with track embeddings{why}: run its episodes first.")
    packs = {episode.pack: episode.ep_id for episode in episodes}
    if len(packs) > 1:
        (pack, first), (other_pack, second) = list(packs.items())[:2]
        raise UserError(
            f"Episode {first} was made with model pack {pack} and {second} with {other_pack}. Their embeddings cannot "
            f"be compared: run one of the episodes again with the pack of the other."
        )
    moderated = {episode.ep_id: episode.moderated for episode in episodes if episode.moderated is not None}
    return GatheredShow(episodes, left_out, season_moderation(moderated, said), decisions)


def decision_problems(gathered: GatheredShow) -> list[str]:
    """Describe the decisions that do not hold in the season."""
    said = gathered.moderation
    problems = [f"decision {seq} of the show is lost: its faces are not in these episodes" for seq in said.lost]
    problems += [f"decision {seq} of the show does not hold: other decisions contradict it" for seq in said.overruled]
    return problems + [
        f"the name of {track} of {ep_id} does not hold in the season: other decisions contradict it"
        for ep_id, track in said.unnamed
    ]


def why_left_out(store: ArtifactStore, ep_id: str) -> str | None:
    """Return why a season built now would leave this episode out, or None if it would include the episode."""
    try:
        across = decisions_sha256(store, parse_ep_id(ep_id).show) != NO_DECISIONS
        _episode(store, ep_id, cannot_link=False, across=across)
    except UserError as error:
        return str(error)
    return None


def _episode(store: ArtifactStore, ep_id: str, cannot_link: bool, across: bool) -> GatheredEpisode:
    tracks, embeddings = load_artifact(store, TRACKS, ep_id), load_artifact(store, TRACK_EMBEDDINGS, ep_id)
    if embeddings.provenance.inputs.get("tracks") != tracks.digest:
        raise UserError(
            f"The track embeddings of {ep_id} were built from other tracks than the stored ones: run the episode again."
        )
    exceptions = read_exceptions(store, ep_id)
    identities = _identities(store, ep_id)
    by_id = {track.track_id: track for track in tracks.rows}
    moderated = moderated_tracks(store, tracks, across)
    dismissed = frozenset(moderated.moderation.dismissed) if moderated else frozenset()
    kept = [row for row in embeddings.rows if not by_id[row.track_id].deleted]
    rows = [row for row in kept if row.embedding_row is not None and row.track_id not in dismissed]
    usable = [by_id[row.track_id] for row in rows]
    return GatheredEpisode(
        ep_id=ep_id,
        tracks=usable,
        outside=[row.track_id for row in kept if row.embedding_row is None or row.track_id in dismissed],
        vectors=embeddings.vectors[np.array([row.embedding_row for row in rows], np.int64)],
        norms=np.array([row.best_norm for row in rows], np.float64),
        cannot_link=sharing_pairs(usable, exceptions) if cannot_link else no_pairs(),
        frame_s=1 / tracks.metrics.source_fps,
        pack=embeddings.pack,
        tracks_digest=tracks.digest,
        tracking_digest=before_decisions(tracks).digest,
        embeddings_digest=embeddings.digest,
        exceptions_sha256=exceptions.sha256,
        identity_of=_identity_of(identities),
        deleted=dismissed | {track.track_id for track in tracks.rows if track.deleted},
        moderated=moderated,
    )


def _identities(store: ArtifactStore, ep_id: str) -> Identities | None:
    if not store.manifest(ep_id, IDENTITIES.file).exists():
        return None
    return load_artifact(store, IDENTITIES, ep_id).content


def _identity_of(content: Identities | None) -> dict[str, str]:
    rows = content.identities if content else ()
    return {track: identity.identity_id for identity in rows for track in identity.track_ids}
