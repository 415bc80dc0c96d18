"""Who the identities of an episode are: what matching found, and what a person says."""

from collections.abc import Mapping, Sequence

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_assets.cast.together import identities_together
from screenalytics_assets.contract.cast_records import CastAssignments, LostName
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


def unassign(store: ArtifactStore, ep_id: str, identity_id: str) -> None:
    """Withdraw the name that a person gave to an identity, which may no longer exist.

    Raises:
        UserError: no person gave this identity a name.
    """
    show = parse_ep_id(ep_id).show
    with open_cast(store) as cast, recorded(store, cast, Command("unassign", show)):
        if not cast.unassign(show, ep_id, identity_id):
            raise UserError(
                f"No person gave {identity_id} of {ep_id} a name: `screenalytics cast show --ep-id {ep_id}` lists the "
                f"names."
            )


def lost_names(store: ArtifactStore, ep_id: str) -> tuple[str, ...]:
    """Return a sentence per name that a person gave and that no longer applies, as the last run found them.

    Returns nothing if the assignments are missing or damaged.
    """
    try:
        return lost_name_sentences(stored_assignments(store, ep_id))
    except UserError:
        return ()


def lost_name_sentences(content: CastAssignments) -> tuple[str, ...]:
    """Return a sentence per lost name of the assignments, with both people and how to settle it."""
    person_of = {row.identity_id: row.person_id for row in content.assignments}
    return tuple(_lost_name(content.ep_id, name, person_of) for name in content.lost_names)


def _lost_name(ep_id: str, name: LostName, person_of: Mapping[str, str | None]) -> str:
    other = None if name.merged_into is None else person_of.get(name.merged_into)
    fate = "no longer exists" if other is None else f"is now part of {name.merged_into}, which is named {other}"
    assign = f"screenalytics cast assign --ep-id {ep_id}"
    confirm = "" if other is None else f" If {name.merged_into} is {other}, confirm that with `cast assign`."
    return (
        f"{name.identity_id}, named {name.person_id} by hand, {fate}. Name the identity that shows {name.person_id} "
        f"with `{assign} --identity I --person {name.person_id}`.{confirm} To withdraw the name: "
        f"`screenalytics cast unassign --ep-id {ep_id} --identity {name.identity_id}`."
    )


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
