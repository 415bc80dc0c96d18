"""Erases what a person wears: the clothing descriptors of the tracks of their identities, in every set of artifacts."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence

from screenalytics_assets.contract.clothing_file import CLOTHING_FILE, erase_clothing_rows
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES, TRACKS
from screenalytics_assets.identities.decided import read_decided
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.errors import UserError


def erase_clothing(
    store: ArtifactStore, ep_id: str, sets: Sequence[ArtifactStore], ids: Collection[str], names: Collection[str]
) -> Iterator[str]:
    """Erase the descriptors of the identities that `sets` give to a person with these ids and names.

    All sets share one file. It is removed if it is damaged, or if the tracks of the person cannot be read.
    """
    yield from _erase(
        store,
        ep_id,
        lambda: {
            row
            for place in sets
            for row in _rows_of(place, ep_id, _tracks_of(place, ep_id, _identities_of(place, ep_id, ids, names)))
        },
    )


def erase_owned_clothing(store: ArtifactStore, ep_id: str, identity_ids: Collection[str]) -> Iterator[str]:
    """Erase the descriptors of these identities of the episode, which the database gives to the person."""
    yield from _erase(store, ep_id, lambda: _rows_of(store, ep_id, _tracks_of(store, ep_id, identity_ids)))


def named_by_decisions(store: ArtifactStore, ep_id: str, person_id: str) -> set[str]:
    """Return the identities of the episode that people named so, also since the last run. Damaged files name none."""
    if decisions_sha256(store, ep_id) == NO_DECISIONS:
        return set()
    try:
        decided = read_decided(store, load_artifact(store, TRACKS, ep_id))
        said = decided.said_of(load_artifact(store, IDENTITIES, ep_id).content)
    except UserError:
        return set()
    return {identity.identity_id for identity in said.identities if shows_person(identity, {person_id}, ())}


def shows_person(identity: Identity, ids: Collection[str], names: Collection[str]) -> bool:
    """Return whether the identity is labelled with one of these ids or names."""
    return identity.labels.person_id in ids or identity.label in names or identity.labels.name in names


def _identities_of(place: ArtifactStore, ep_id: str, ids: Collection[str], names: Collection[str]) -> set[str]:
    found: set[str] = set()
    if place.manifest(ep_id, IDENTITIES.file).exists():
        identities = load_artifact(place, IDENTITIES, ep_id).content.identities
        found |= {identity.identity_id for identity in identities if shows_person(identity, ids, names)}
    if place.manifest(ep_id, CAST_ASSIGNMENTS.file).exists():
        assignments = load_artifact(place, CAST_ASSIGNMENTS, ep_id).content.assignments
        found |= {row.identity_id for row in assignments if row.person_id in ids or row.name in names}
    return found


def _tracks_of(place: ArtifactStore, ep_id: str, identity_ids: Collection[str]) -> set[str]:
    if not identity_ids or not place.manifest(ep_id, IDENTITIES.file).exists():
        return set()
    identities = load_artifact(place, IDENTITIES, ep_id).content.identities
    return {track for identity in identities if identity.identity_id in identity_ids for track in identity.track_ids}


def _rows_of(place: ArtifactStore, ep_id: str, track_ids: Collection[str]) -> set[int]:
    """Return the rows of the tracks' descriptors. Reads the rows without their seal: a kept set has no crop index."""
    (content,) = place.place.read_all([place.manifest(ep_id, TRACKS.file)])
    if not content or not track_ids:
        return set()
    tracks = map(json.loads, content.splitlines())
    crops = [crop for track in tracks if track.get("track_id") in track_ids for crop in track["crops"]]
    return {crop["clothing_row"] for crop in crops if "clothing_row" in crop}


def _erase(store: ArtifactStore, ep_id: str, rows: Callable[[], Collection[int]]) -> Iterator[str]:
    try:
        count = erase_clothing_rows(store, ep_id, rows())
    except (UserError, ValueError):
        path = store.frames(ep_id, *CLOTHING_FILE.split("/"))
        if path.exists():
            store.place.remove(path)
            yield f"{store.relative(path)}: removed, because the descriptors of the person cannot be found in it"
        return
    if count:
        yield f"frames/{ep_id}/{CLOTHING_FILE}: {count} clothing descriptors"
