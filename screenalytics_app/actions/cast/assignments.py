"""Who the identities of an episode are: what matching found, and what a person says."""

from collections.abc import Sequence

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_assets.cast.together import identities_together
from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS, IDENTITIES, TRACKS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.records import Owner
from screenalytics_resources.facebank.unfinished import Command, recorded


def stored_assignments(store: ArtifactStore, ep_id: str) -> CastAssignments:
    """Return who each identity of an episode is, as the last run assigned them."""
    return load_artifact(store, CAST_ASSIGNMENTS, ep_id).content


def assign(store: ArtifactStore, ep_id: str, identity_id: str, person_id: str) -> bool:
    """Record who an identity is; return whether that changed anything.

    Raises:
        UserError: the identity or person is unknown, or the identity shares a frame with another one that a person
            assigned to the same person.
    """
    show = parse_ep_id(ep_id).show
    identities = load_artifact(store, IDENTITIES, ep_id).content.identities
    identity_of(identities, ep_id, identity_id)
    exceptions = read_exceptions(store, ep_id)
    together = identities_together(identities, load_artifact(store, TRACKS, ep_id).rows, exceptions)
    with open_cast(store) as cast:
        _refuse_twice_in_a_frame(cast.owners(show, ep_id, person_id), identity_id, together)
        with recorded(store, cast, Command("assign", show, person_id)):
            return cast.assign(show, ep_id, identity_id, person_id, "person")


def identity_of(identities: Sequence[Identity], ep_id: str, identity_id: str) -> Identity:
    """Return the identity with this id; raises `UserError` if the episode has none."""
    for identity in identities:
        if identity.identity_id == identity_id:
            return identity
    raise UserError(f"There is no {identity_id} in {ep_id}: `screenalytics show --ep-id {ep_id}` lists them.")


def _refuse_twice_in_a_frame(owned: Sequence[Owner], identity_id: str, together: set[tuple[str, str]]) -> None:
    for owner in owned:
        pair = tuple(sorted((identity_id, owner.identity_id)))
        if owner.assigned_by == "person" and pair in together:
            raise UserError(
                f"{identity_id} shares a frame with {owner.identity_id}, which you assigned to {owner.person_id}: a "
                f"person cannot be twice in a frame, unless same_person_in_frame.yaml says so."
            )
