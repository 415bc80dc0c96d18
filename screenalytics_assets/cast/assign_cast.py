"""Who the identities of an episode are, asked of the database and written back to it."""

from collections.abc import Callable
from dataclasses import dataclass

from screenalytics_assets.cast.assignments import machine_owners
from screenalytics_assets.cast.lookup import CastMatches, Shown, match_cast
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256, write_people_file
from screenalytics_resources.facebank.records import Owner
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class AssignedCast:
    """What became of an episode's identities.

    Attributes:
        found: None where the show has no cast.
        lost: what people said of identities that are gone.
        cast_sha256: hash of the cast that the assignments are made from.
    """

    found: CastMatches | None
    lost: tuple[Owner, ...]
    cast_sha256: str


def assign_cast(store: ArtifactStore, shown: Shown, pack: Pack, engine: Callable[[], Engine]) -> AssignedCast:
    """Match the identities with the cast of the show, and make the database follow; see `match_cast`."""
    of_cast = cast_sha256(store, shown.show)
    if of_cast == NO_CAST:
        return AssignedCast(None, (), of_cast)
    from screenalytics_resources.facebank.cast_store import open_cast_store

    present = {identity.identity_id for identity in shown.identities}
    with open_cast_store(store.root) as cast:
        found = match_cast(store, cast, shown, pack, engine)
        said = [owner for owner in cast.owners(shown.show, shown.ep_id) if owner.assigned_by == "person"]
        lost = tuple(o for o in said if shown.renamed.get(o.identity_id, o.identity_id) not in present)
        owners = machine_owners(shown.ep_id, found, pack)
        synced = cast.sync_episode(shown.show, shown.ep_id, present, shown.renamed, owners)
        people = write_people_file(store, cast, shown.show)
    if lost or synced.moved or synced.conflicts:
        # Following the identities changed what people gave; else the next run would match all again, and no longer
        # know what was lost.
        of_cast = people["cast_sha256"]
    return AssignedCast(found, lost, of_cast)
