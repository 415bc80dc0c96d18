"""Who the identities of an episode are: what matching found, and what a person says."""

from collections import Counter
from collections.abc import Mapping, Sequence

from screenalytics_app.actions.cast.database import open_cast
from screenalytics_app.actions.moderation.edit import Request, edit
from screenalytics_app.actions.moderation.naming import name
from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, LostName
from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import people_names


def stored_assignments(store: ArtifactStore, ep_id: str) -> CastAssignments:
    """Return who each identity of an episode is, as the last run assigned them."""
    return load_artifact(store, CAST_ASSIGNMENTS, ep_id).content


def shown_assignments(store: ArtifactStore, ep_id: str) -> CastAssignments:
    """Return who each identity of an episode is now: as the last run assigned them, with all decisions laid over it."""
    content = stored_assignments(store, ep_id)
    view = present_view(store, ep_id)
    if not view.decisions:
        return content
    names = people_names(store, content.show)
    row_of = {row.identity_id: row for row in content.assignments}
    rows = tuple(_shown(identity, row_of.get(identity.identity_id), names) for identity in view.moderated.identities)
    counts = Counter(row.status for row in rows)
    return content.model_copy(
        update={
            "assignments": rows,
            "assigned": counts["assigned"],
            "needs_review": counts["needs_review"],
            "unknown": counts["unknown"],
        }
    )


def _shown(identity: ModeratedIdentity, row: CastAssignment | None, names: Mapping[str, str]) -> CastAssignment:
    """Return the row of an identity with what people say of it: their name, or none that they denied."""
    person = identity.person_id
    stays = row is not None and row.person_id not in identity.not_people
    if person is None and row is not None and stays and row.assigned_by != "person":
        return row
    candidates = tuple(c for c in (row.candidates if row else ()) if c.person_id not in identity.not_people)
    return CastAssignment(
        identity_id=identity.identity_id,
        status="unknown" if person is None else "assigned",
        person_id=person,
        name=None if person is None else names.get(person, person),
        assigned_by=None if person is None else "person",
        similarity=None if row is None else row.similarity,
        margin=None if row is None else row.margin,
        candidates=candidates,
        reason="The next run matches it with the cast." if person is None else "A person named it.",
    )


def assign(
    store: ArtifactStore, ep_id: str, identity_id: str, person_id: str, actor: str, confirm: bool = False
) -> bool:
    """Decide who an identity is; return whether that changed anything.

    `confirm` also names an identity that shares a frame with another one of this name.

    Raises:
        UserError: the identity or person is unknown, or the name needs `confirm`.
    """
    with open_cast(store) as cast:
        cast.person(parse_ep_id(ep_id).show, person_id)
        edited = edit(store, cast, ep_id, Request(actor), lambda view: name(view, identity_id, person_id, confirm))
    return edited.gesture_id is not None


def unassign(store: ArtifactStore, ep_id: str, identity_id: str, actor: str) -> None:
    """Withdraw the name that a person gave to an identity.

    Raises:
        UserError: the identity is unknown, or no person gave it a name.
    """
    with open_cast(store) as cast:
        edited = edit(store, cast, ep_id, Request(actor), lambda view: name(view, identity_id, None))
    if edited.gesture_id is None:
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
    """Return a sentence per lost name of the assignments, with how to settle it."""
    return tuple(_lost_name(content.ep_id, lost) for lost in content.lost_names)


def _lost_name(ep_id: str, lost: LostName) -> str:
    fate = "no longer exists" if lost.merged_into is None else f"is now part of {lost.merged_into}"
    return (
        f"{lost.identity_id}, named {lost.person_id} by hand, {fate}. Name the identity that shows {lost.person_id} "
        f"with `screenalytics cast assign --ep-id {ep_id} --identity I --person {lost.person_id}`. To withdraw the "
        f"name, undo its gesture, which `screenalytics identity history --ep-id {ep_id}` lists."
    )


def identity_of(identities: Sequence[Identity], ep_id: str, identity_id: str) -> Identity:
    """Return the identity with this id; raises `UserError` if the episode has none."""
    for identity in identities:
        if identity.identity_id == identity_id:
            return identity
    raise UserError(f"There is no {identity_id} in {ep_id}: `screenalytics show --ep-id {ep_id}` lists them.")
