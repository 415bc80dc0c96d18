"""Matches the identities of an episode with the cast in the database and stores the result there."""

from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.cast.assignments import machine_owners
from screenalytics_assets.cast.lookup import CastMatches, EpisodeIdentities, match_cast
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256, write_people_file
from screenalytics_resources.facebank.records import PastOwner
from screenalytics_resources.facebank.unfinished import Command, recorded
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class AssignedCast:
    """Result of matching an episode's identities with the cast.

    Attributes:
        matches: None if the show has no cast.
        lost: names given by people to identities that no longer exist, which no person has settled.
        cast_sha256: hash of the cast that the assignments are made from.
    """

    matches: CastMatches | None
    lost: tuple[PastOwner, ...]
    cast_sha256: str


def assign_cast(
    store: ArtifactStore, episode: EpisodeIdentities, pack: Pack, engine: Callable[[], Engine]
) -> AssignedCast:
    """Match the identities with the cast of the show and update the database; see `match_cast`."""
    cast_digest = cast_sha256(store, episode.show)
    if cast_digest == NO_CAST:
        return AssignedCast(None, (), cast_digest)
    from screenalytics_resources.facebank.cast_store import open_cast_store

    present = {identity.identity_id for identity in episode.identities}
    with open_cast_store(store.root) as cast:
        matches = match_cast(store, cast, episode, pack, engine)
        past = cast.past_owners(episode.show, episode.ep_id)
        owners = machine_owners(episode.ep_id, matches, pack)
        with recorded(store, cast, Command("match", episode.show)):
            synced = cast.sync_episode(episode.show, episode.ep_id, present, episode.renamed, owners)
            past_now = cast.past_owners(episode.show, episode.ep_id)
            people = write_people_file(store, cast, episode.show)
    if past_now != past or synced.moved or synced.restored:
        # The sync changed names given by people, and with them the cast's hash. With the old hash the next run would
        # match all again.
        cast_digest = people["cast_sha256"]
    return AssignedCast(matches, tuple(name for name in past_now if not name.settled), cast_digest)
