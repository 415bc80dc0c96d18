"""Matches the identities of an episode with the cast in the database and stores the result there."""

from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.cast.assignments import machine_owners
from screenalytics_assets.cast.lookup import CastMatches, EpisodeIdentities, match_cast
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256, write_people_file
from screenalytics_resources.facebank.unfinished import Command, recorded
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class AssignedCast:
    """Result of matching an episode's identities with the cast.

    Attributes:
        matches: None if the show has no cast.
        cast_sha256: hash of the cast that the assignments are made from.
    """

    matches: CastMatches | None
    cast_sha256: str


def assign_cast(
    store: ArtifactStore, episode: EpisodeIdentities, pack: Pack, engine: Callable[[], Engine]
) -> AssignedCast:
    """Match the identities with the cast of the show and update the database; see `match_cast`."""
    cast_digest = cast_sha256(store, episode.show)
    if cast_digest == NO_CAST:
        return AssignedCast(None, cast_digest)
    from screenalytics_resources.facebank.cast_store import open_cast_store

    present = {identity.identity_id for identity in episode.identities}
    with open_cast_store(store.root) as cast:
        matches = match_cast(store, cast, episode, pack, engine)
        owners = machine_owners(episode.ep_id, matches, pack)
        with recorded(store, cast, Command("match", episode.show)):
            cast.sync_episode(episode.show, episode.ep_id, present, owners)
            write_people_file(store, cast, episode.show)
    return AssignedCast(matches, cast_digest)
