"""Looks up the identities of an episode in the cast of its show."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.match_people import PersonMatch, cast_bounds, match_people
from screenalytics_assets.cast.person_scores import Nearest
from screenalytics_assets.cast.together import identities_together
from screenalytics_assets.clustering.cohesion import cluster_statistics
from screenalytics_assets.contract.exceptions_file import Exceptions, read_exceptions
from screenalytics_assets.contract.identity_records import Identities, Identity
from screenalytics_assets.contract.schemas import Track, TrackEmbeddings
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.images import read_image
from screenalytics_resources.facebank.records import StoredPack
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore

NEAREST = 24
"""Prototypes fetched per identity. A person has one to three, and a margin needs two people."""


@dataclass(frozen=True)
class CastMatches:
    """Matches of an episode's identities, the names of the cast, and the names given by people."""

    matches: Sequence[PersonMatch]
    names: Mapping[str, str]
    owned: Mapping[str, str]
    """Identity -> person, for identities named by a person."""


@dataclass(frozen=True)
class EpisodeIdentities:
    """Identities of an episode, with the data that matching needs."""

    ep_id: str
    show: str
    identities: Sequence[Identity]
    tracks: Sequence[Track]
    embeddings: TrackEmbeddings
    exceptions: Exceptions
    apart: Sequence[tuple[str, str]] = ()
    """Pairs of identities that a person said are different people."""

    @property
    def owned(self) -> dict[str, str]:
        """Identity -> person, for identities named by a person."""
        by_person = (i for i in self.identities if i.labels.assigned_by == "person")
        return {i.identity_id: i.labels.person_id for i in by_person if i.labels.person_id is not None}


def episode_identities(
    store: ArtifactStore, ep_id: str, identities: Identities, tracks: Sequence[Track], embeddings: TrackEmbeddings
) -> EpisodeIdentities:
    """Collect the data that matching needs, and read the exceptions file stored next to the episode's video."""
    return EpisodeIdentities(
        ep_id=ep_id,
        show=parse_ep_id(ep_id).show,
        identities=identities.identities,
        tracks=tracks,
        embeddings=embeddings,
        exceptions=read_exceptions(store, ep_id),
        apart=identities.apart or (),
    )


def match_cast(
    store: ArtifactStore, cast: "CastStore", episode: EpisodeIdentities, pack: Pack, engine: Callable[[], Engine]
) -> CastMatches:
    """Match every identity with the cast of the show, using the pack of the episode's embeddings.

    Reference faces without a vector of this pack get one from their aligned picture. `engine` is called only in that
    case.

    Raises:
        UserError: the show has no cast, or the picture of a reference face is missing or damaged.
    """
    names = {person.person_id: person.name for person in cast.people(episode.show)}
    if not names:
        raise UserError(f"The show {episode.show} has no cast: add people with `screenalytics cast add`")
    stored_as = stored_pack(pack)
    embed_missing(store, cast, episode.show, stored_as, engine)
    with_face, centroids = identity_centroids(episode.identities, episode.embeddings)
    hits_of = dict(zip(with_face, cast.nearest(episode.show, stored_as, centroids, NEAREST), strict=True))
    nearest = [
        Nearest(name, hits, complete=len(hits) < NEAREST)
        for name in (identity.identity_id for identity in episode.identities)
        for hits in [hits_of.get(name, ())]
    ]
    together = identities_together(episode.identities, episode.tracks, episode.exceptions)
    refused = {identity.identity_id: identity.not_people or () for identity in episode.identities}
    bounds = cast_bounds(pack.thresholds)
    matches = match_people(nearest, bounds, together, episode.owned, refused, episode.apart)
    return CastMatches(matches, names, episode.owned)


def embed_missing(
    store: ArtifactStore, cast: "CastStore", show: str, pack: StoredPack, engine: Callable[[], Engine]
) -> int:
    """Give every reference face of the show a vector of this pack, and return how many had none."""
    missing = cast.seeds_without_vector(show, pack)
    for seed in missing:
        key = next(key for key in seed.files if key.endswith("_e.png"))
        aligned = _decoded(read_image(store, key), key.rpartition("/")[2])
        embedding = engine().embed(aligned[None])
        cast.add_vector(show, seed.seed_id, pack, embedding.vectors[0], float(embedding.norms[0]))
    return len(missing)


def identity_centroids(
    identities: Sequence[Identity], embeddings: TrackEmbeddings
) -> tuple[list[str], NDArray[np.float32]]:
    """Return the ids of the N identities that have an embedding, and the unit centroids (N, D) float32 of their tracks.

    Uncertain tracks count only if no other track has an embedding.
    """
    row_of = {row.track_id: row.embedding_row for row in embeddings.rows if row.embedding_row is not None}
    names, centroids = [], []
    for identity in identities:
        certain = [row_of[track] for track in identity.certain_track_ids if track in row_of]
        rows = certain or [row_of[track] for track in identity.track_ids if track in row_of]
        if rows:
            names.append(identity.identity_id)
            centroids.append(cluster_statistics(embeddings.vectors[rows]).centroid)
    array = np.stack(centroids) if centroids else np.empty((0, embeddings.vectors.shape[1]))
    return names, array.astype(np.float32)


def stored_pack(pack: Pack) -> StoredPack:
    """Return the database record of a pack.

    If the hash of the recogniser file is unknown, a hash of the file name and vector length replaces it.
    """
    recogniser_sha256 = pack.recogniser.sha256 or sha256_of(f"{pack.recogniser.file}:{pack.recogniser.dim}".encode())
    return StoredPack(pack.name, recogniser_sha256, pack.recogniser.dim)


def _decoded(content: bytes, name: str) -> NDArray[np.uint8]:
    import cv2

    # OpenCV raises its own exception for an empty buffer.
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None or image.shape != (112, 112, 3):
        raise UserError(
            f"{name} is damaged: remove its reference face with `screenalytics facebank remove` and add it again."
        )
    return np.asarray(image, np.uint8)
