"""Requests that change identities, and what they answer."""

from typing import Literal
from uuid import UUID

from pydantic import Field, model_validator

from screenalytics_app.api.models.common import EpId, Flag, Id, Model, PersonId, Time
from screenalytics_app.api.models.identities import Dismissal, IdentityCard


class Expecting(Model):
    """A change that names the versions that the person saw: identity -> etag. A stale change is refused with 412."""

    expect: dict[str, str] = Field(default_factory=dict, max_length=1000)


class Confirmable(Expecting):
    """A change that may contradict what is on screen or what people said. `confirm` makes it all the same."""

    confirm: Flag = False


class Merge(Confirmable):
    """Merge identities into one, which keeps its id."""

    target_id: Id
    source_ids: tuple[Id, ...] = Field(min_length=1, max_length=1000)
    keep_name: PersonId | None = Field(
        None, description="person id of the name that stays, if people gave different names"
    )


class Split(Expecting):
    """Make a new identity of some tracks of an identity."""

    identity_id: Id
    track_ids_to_split: tuple[Id, ...] = Field(min_length=1, max_length=10_000)


class MoveTrack(Confirmable):
    """Move one track. With `from_identity_id`, it is refused if the track is in another identity."""

    from_identity_id: Id | None = None
    to_identity_id: Id


class MoveTracks(MoveTrack):
    """Move several tracks in one gesture."""

    track_ids: tuple[Id, ...] = Field(min_length=1, max_length=10_000)


class DismissTracks(Expecting):
    """Take tracks out of the results."""

    track_ids: tuple[Id, ...] = Field(min_length=1, max_length=10_000)
    reason: Dismissal


class RestoreTracks(Model):
    """Bring dismissed tracks back."""

    track_ids: tuple[Id, ...] = Field(min_length=1, max_length=10_000)


class DismissIdentity(Expecting):
    """Take all tracks of an identity out of the results."""

    reason: Dismissal


class Labels(Model):
    """Who an identity is. A name that the cast does not have yet adds the person. `person_id: null` withdraws it."""

    person_id: PersonId | None = None
    name: str | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Labels":
        if not self.model_fields_set:
            raise ValueError("labels needs person_id or name")
        if self.person_id is not None and self.name is not None:
            raise ValueError("labels takes person_id or name, not both")
        return self


class IdentityChange(Model):
    """What to change on an identity. What is left out stays."""

    locked: Flag | None = None
    labels: Labels | None = None
    label: str | None = Field(default=None, max_length=200, description="free text; null removes it")
    reviewed: Literal[True] | None = None
    confirm: Flag = False


class NotPerson(Expecting):
    """The identity does not show this person."""

    person_id: PersonId


class Represent(Model):
    """Make the frame of a track at `ts` the thumbnail of its identity."""

    track_id: Id
    ts: Time


class Cut(Model):
    """The track shows another person from `ts` on."""

    ts: Time


class UndoRequest(Model):
    """Which gesture to undo: by default the person's own last one."""

    gesture_id: UUID | None = None


class Compare(Confirmable):
    """Say that two identities show one person (`same`) or two people (`differ`).

    With `other_ep_id`, the other identity is of another episode of the show. Then `expect` names each as
    `ep_id/identity_id`.
    """

    kind: Literal["same", "differ"]
    identity_id: Id
    other_id: Id
    other_ep_id: EpId | None = None


class ClusterLabel(Confirmable):
    """The name of the person whom an identity shows. A name that the cast does not have yet adds the person."""

    name: str = Field(min_length=1, max_length=200)


class GestureResult(Model):
    """What a gesture changed. The identities have their new etags."""

    ep_id: str
    gesture_id: str | None = Field(description="what an undo takes back; null if all was so already")
    last_seq: int = Field(ge=0)
    summary: str = Field(description="one short sentence for a person, such as `Merged identity-00031 into ...`")
    identities: tuple[IdentityCard, ...]
    gone: dict[str, str | None] = Field(description="identities that are gone -> the one that they became part of")
    notes: tuple[str, ...] = Field((), description="what was saved but could not be shown or applied yet")
