"""The cast of a show asked about the identities of an episode."""

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
"""Prototypes fetched for each identity: people have one to three, and a margin needs two people."""


@dataclass(frozen=True)
class CastMatches:
    """Who the identities of an episode are, the names of the people, and what people said before."""

    matches: Sequence[PersonMatch]
    names: Mapping[str, str]
    owned: Mapping[str, str]
    """Identity -> person, where a person said so."""


@dataclass(frozen=True)
class Shown:
    """The identities of an episode, as far as matching needs them."""

    ep_id: str
    show: str
    identities: Sequence[Identity]
    tracks: Sequence[Track]
    embeddings: TrackEmbeddings
    exceptions: Exceptions
    renamed: Mapping[str, str]
    """Identities that went into others since they were last matched: old id -> new one."""


def shown_in(
    store: ArtifactStore, ep_id: str, identities: Identities, tracks: Sequence[Track], embeddings: TrackEmbeddings
) -> Shown:
    """What matching needs of an episode, with the exceptions that lie beside its video."""
    return Shown(
        ep_id=ep_id,
        show=parse_ep_id(ep_id).show,
        identities=identities.identities,
        tracks=tracks,
        embeddings=embeddings,
        exceptions=read_exceptions(store, ep_id),
        renamed=renamed_identities(identities),
    )


def renamed_identities(identities: Identities) -> dict[str, str]:
    """Old id -> the identity that took it in, at the last change."""
    return {old: kept for kept, others in identities.lineage.merged_from.items() for old in others}


def match_cast(
    store: ArtifactStore, cast: "CastStore", shown: Shown, pack: Pack, engine: Callable[[], Engine]
) -> CastMatches:
    """Match every identity with the cast of the show, in the pack of the episode's embeddings.

    Reference faces that have no vector of this pack yet get one, from their aligned picture; `engine` is only asked
    for then.

    Raises:
        UserError: the show has nobody, or a reference face's picture is gone or damaged.
    """
    names = {person.person_id: person.name for person in cast.people(shown.show)}
    if not names:
        raise UserError(f"The show {shown.show} has no cast: add people with `screenalytics cast add`")
    stored_as = stored_pack(pack)
    embed_missing(store, cast, shown.show, stored_as, engine)
    centroids = identity_centroids(shown.identities, shown.embeddings)
    found = cast.nearest(shown.show, stored_as, centroids, NEAREST)
    nearest = [
        Nearest(identity.identity_id, hits, complete=len(hits) < NEAREST)
        for identity, hits in zip(shown.identities, found, strict=True)
    ]
    said = [owner for owner in cast.owners(shown.show, shown.ep_id) if owner.assigned_by == "person"]
    said.sort(key=lambda owner: str(owner.assigned_at), reverse=True)  # of two that became one, the older name stays
    present = {identity.identity_id for identity in shown.identities}
    owned = {shown.renamed.get(owner.identity_id, owner.identity_id): owner.person_id for owner in said}
    owned = {identity: person for identity, person in owned.items() if identity in present}
    together = identities_together(shown.identities, shown.tracks, shown.exceptions)
    matches = match_people(nearest, cast_bounds(pack.thresholds), together, owned)
    return CastMatches(matches, names, owned)


def embed_missing(
    store: ArtifactStore, cast: "CastStore", show: str, pack: StoredPack, engine: Callable[[], Engine]
) -> int:
    """Give every reference face of the show a vector of this pack; how many had none."""
    missing = cast.seeds_without_vector(show, pack)
    for seed in missing:
        key = next(key for key in seed.files if key.endswith("_e.png"))
        aligned = _decoded(read_image(store, key), key)
        embedding = engine().embed(aligned[None])
        cast.add_vector(show, seed.seed_id, pack, embedding.vectors[0], float(embedding.norms[0]))
    return len(missing)


def identity_centroids(identities: Sequence[Identity], embeddings: TrackEmbeddings) -> NDArray[np.float32]:
    """Unit centroid (N, D) of each identity's unit track embeddings."""
    row_of = {row.track_id: row.embedding_row for row in embeddings.rows if row.embedding_row is not None}
    members = [embeddings.vectors[[row_of[track] for track in identity.track_ids]] for identity in identities]
    found = [cluster_statistics(vectors).centroid for vectors in members]
    return np.stack(found).astype(np.float32) if found else np.empty((0, embeddings.vectors.shape[1]), np.float32)


def stored_pack(pack: Pack) -> StoredPack:
    """The pack as the database knows it; a recogniser whose file has no known hash goes by its file's name."""
    known = pack.recogniser.sha256 or sha256_of(f"{pack.recogniser.file}:{pack.recogniser.dim}".encode())
    return StoredPack(pack.name, known, pack.recogniser.dim)


def _decoded(content: bytes, key: str) -> NDArray[np.uint8]:
    import cv2

    # OpenCV raises an error of its own for an empty file.
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if image is None or image.shape != (112, 112, 3):
        raise UserError(
            f"{key} is damaged: remove its reference face with `screenalytics facebank remove`, and add it again."
        )
    return np.asarray(image, np.uint8)
