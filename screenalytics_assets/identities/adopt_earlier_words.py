"""Adopts what people said with an earlier release, which kept it in several places, as decisions.

Names were owners in the database. Locks and labels were copied from one `identities.json` to the next. Each becomes a
decision with the time at which it was said, on the faces that the identity has now.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from screenalytics_assets.contract.identity_records import Identities, Identity
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, IDENTITIES, TRACKS
from screenalytics_assets.identities.decided import scene_of_previous
from screenalytics_assets.moderation.anchors import identity_anchors, scene_of, track_anchors
from screenalytics_assets.moderation.state import Scene
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import reconcile
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.decisions.records import NewDecision, Subject, Value
from screenalytics_resources.episode_id import parse_ep_id
from screenalytics_resources.facebank.people_file import has_earlier_words, write_people_file
from screenalytics_resources.sealed_files import DamagedArtifactError

if TYPE_CHECKING:
    from screenalytics_resources.facebank.earlier_words import OwnerWord, Word


def adopt_earlier_words(store: ArtifactStore, ep_id: str) -> int:
    """Make decisions of everything that people said about the episode with an earlier release; return how many.

    It does nothing while the identities, or the tracks that they were built from, are missing or damaged. Without
    words to adopt no database is opened. Killed at any time, it goes on at the next call.

    Raises:
        UserError: the database or the decisions cannot be used.
    """
    show = parse_ep_id(ep_id).show
    try:
        in_database, undecided = has_earlier_words(store, show, ep_id), decisions_sha256(store, ep_id) == NO_DECISIONS
        if not in_database and not undecided:
            return 0
        identities = load_artifact(store, IDENTITIES, ep_id).content
        in_file = undecided and said_something(identities)
        if not in_database and not in_file:
            return 0
        scene = scene_of(load_artifact(store, TRACKS, ep_id), load_artifact(store, EPISODE_VIDEO, ep_id).content)
    except DamagedArtifactError:
        return 0
    from screenalytics_resources.facebank.cast_store import open_cast_store

    said = scene_of_previous(identities, scene)
    with open_cast_store(store.root) as cast:
        reconcile(store, cast, ep_id)
        adopted = 0
        if in_file or ep_id in cast.episodes_with_earlier_words(show):
            adopted = cast.adopt_words(ep_id, lambda owners: words_of(identities, said, owners, in_file))
            reconcile(store, cast, ep_id)
        if in_database:  # last: until then the file says that there is something to adopt
            write_people_file(store, cast, show)
    return adopted


def said_something(identities: Identities) -> bool:
    """Return whether locks, names or labels of an earlier release are in the identities, and nowhere else."""
    if identities.decisions is not None:
        return False
    return any(i.locked or i.labels.assigned_by == "person" or _written_label(i) for i in identities.identities)


def words_of(identities: Identities, scene: Scene, owners: "Sequence[OwnerWord]", in_file: bool) -> "list[Word]":
    """Return the words of the owners, and those in the identities if `in_file`. `scene` has the identities' tracks."""
    from screenalytics_resources.facebank.earlier_words import Word

    present = {identity.identity_id: identity for identity in identities.identities}
    words = [word for identity in identities.identities for word in _in_file(identity, scene)] if in_file else []
    for owner in owners:
        identity = None if owner.is_past else present.get(owner.identity_id)
        anchors = identity_anchors(identity.track_ids, scene) if identity else ()
        subject = Subject(identity_id=owner.identity_id, anchors=anchors)
        decision = NewDecision(kind="is_person", subjects=(subject,), value=Value(person_id=owner.person_id))
        words.append(Word(f"name of {owner.identity_id} at {owner.at.isoformat()}", owner.at, decision))
    return words


def _in_file(identity: Identity, scene: Scene) -> "list[Word]":
    """Return the name, the label and the lock of an identity as its document shows them."""
    from screenalytics_resources.facebank.earlier_words import Word

    some = (Subject(identity_id=identity.identity_id, anchors=identity_anchors(identity.track_ids, scene)),)
    every = (Subject(identity_id=identity.identity_id, anchors=track_anchors(identity.track_ids, scene)),)
    said: dict[str, NewDecision] = {}
    if identity.labels.assigned_by == "person" and identity.labels.person_id is not None:
        person = Value(person_id=identity.labels.person_id)
        said["name"] = NewDecision(kind="is_person", subjects=some, value=person)
    if label := _written_label(identity):
        said["label"] = NewDecision(kind="label", subjects=some, value=Value(text=label[:200]))
    if identity.locked:
        said["lock"] = NewDecision(kind="lock", subjects=every)
    return [
        Word(f"{what} of {identity.identity_id} in identities.json", identity.created_at, decision)
        for what, decision in said.items()
    ]


def _written_label(identity: Identity) -> str | None:
    """Return the label that a person wrote; None if there is none, or if it is the name of the assigned person."""
    return None if identity.label == identity.labels.name else identity.label
