"""Records of the decision log: what a person said about the faces of an episode, in terms that outlast a run.

Decisions never name tracks or identities alone, because both change with every run. They name faces by anchors: when
and where a face is on screen. Times are seconds from the start of the video stream. Boxes are fractions of the frame,
so they fit the same video at another size.
"""

import secrets
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal[
    "same",
    "differ",
    "is_person",
    "not_person",
    "label",
    "lock",
    "unlock",
    "dismiss",
    "restore",
    "represent",
    "cut",
    "reviewed",
    "undo",
]
Reason = Literal["not_a_face", "ignore", "deleted"]
"""Why tracks are dismissed."""
Role = Literal["target", "other"]
"""`same`: the identity that keeps its id, or one that joins it. `differ`: one side, or the other side."""

MAX_ANCHORS = 12
"""Most anchors of an identity as a whole: about what a person sees of it. Selected tracks and locks name all."""
MAX_BOXES = 3

Seconds = Annotated[float, Field(ge=0)]
RelativeBox = tuple[float, float, float, float]
"""Corners x1, y1, x2, y2 as fractions of the frame's width and height. A box may reach beyond the frame."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class AnchorBox(_Record):
    """Place of a face at one time."""

    ts: Seconds
    bbox: RelativeBox


class Anchor(_Record):
    """Time and place of one track. `track_id` and `frames` only say where to look first."""

    first_ts: Seconds
    last_ts: Seconds
    boxes: tuple[AnchorBox, ...] = Field(min_length=1, max_length=MAX_BOXES)
    video_sha256: str
    track_id: str
    frames: tuple[int, int]


class Subject(_Record):
    """Faces that a decision is about: selected tracks, or an identity as a whole, of which up to 12 tracks are named.

    `identity_id` is the id that the identity had when the person decided. It is None for selected tracks.
    """

    role: Role = "target"
    identity_id: str | None = None
    ep_id: str | None = None
    """Episode of the faces, in the log of a show, whose decisions compare episodes. None in the log of an episode."""
    anchors: tuple[Anchor, ...]


class Value(_Record):
    """What the decision says about its subjects. Each kind uses its own fields."""

    person_id: str | None = None
    """`is_person`, `not_person`: a person of the show's cast."""
    text: str | None = Field(default=None, max_length=200)
    """`label`: free text. `cast forget` erases it if it names the person. Without text, the label is removed."""
    reason: Reason | None = None
    """`dismiss`."""
    ts: Seconds | None = None
    """`represent`: time of the frame. `cut`: the later part starts at this time."""
    identity_id: str | None = None
    """`same` of selected tracks without a target: id of the new identity that they form."""
    gesture_id: UUID | None = None
    """`undo`: the gesture that is taken back. Taking back an undo is a redo."""
    forgotten: bool = False
    """The person was forgotten, and their id or the text was erased. The decision no longer says anything."""


class NewDecision(_Record):
    """A decision that is not in the log yet."""

    kind: Kind
    subjects: tuple[Subject, ...] = ()
    value: Value = Value()


class Membership(_Record):
    """Tracks of one identity before a gesture: what an undo restores, if a run has applied the gesture since."""

    identity_id: str | None
    anchors: tuple[Anchor, ...]


class Gesture(_Record):
    """Decisions that one action of a person makes, and that one undo takes back."""

    actor: str = Field(min_length=1, max_length=100)
    decisions: tuple[NewDecision, ...] = Field(min_length=1)
    saw: dict[str, str] = Field(default_factory=dict)
    """Version of each identity that the person saw, by id. The gesture is refused if one has changed since."""
    before: tuple[Membership, ...] = ()
    idempotency_key: str | None = Field(default=None, min_length=1, max_length=200)
    """Of this actor. A gesture with a known key is not appended again."""


class Decision(_Record):
    """One row of the log."""

    decision_id: UUID
    ep_id: str
    """Of the log: an episode, or a show."""
    seq: int = Field(ge=1)
    """Number within the log, without gaps."""
    gesture_id: UUID
    kind: Kind
    actor: str
    at: datetime
    idempotency_key: str | None = None
    subjects: tuple[Subject, ...] = ()
    value: Value = Value()
    saw: dict[str, str] = Field(default_factory=dict)
    before: tuple[Membership, ...] = ()
    """Of the gesture; only its first decision has it."""


def decisions_of(gesture: Gesture, ep_id: str, last_seq: int, at: datetime) -> tuple[Decision, ...]:
    """Return the rows that append `gesture` to a log that ends with `last_seq`."""
    gesture_id = uuid7()
    return tuple(
        Decision(
            decision_id=uuid7(),
            ep_id=ep_id,
            seq=seq,
            gesture_id=gesture_id,
            kind=new.kind,
            actor=gesture.actor,
            at=at,
            idempotency_key=gesture.idempotency_key,
            subjects=new.subjects,
            value=new.value,
            saw=gesture.saw,
            before=gesture.before if seq == last_seq + 1 else (),
        )
        for seq, new in enumerate(gesture.decisions, last_seq + 1)
    )


def uuid7() -> UUID:
    """Return a UUID of version 7 (RFC 9562): milliseconds since 1970, then 74 random bits."""
    number = (int(time.time() * 1000) << 80) | secrets.randbits(80)
    number = (number & ~(0xF << 76)) | (7 << 76)
    return UUID(int=(number & ~(0b11 << 62)) | (0b10 << 62))


def anchors_in(subjects: Sequence[Subject]) -> tuple[Anchor, ...]:
    """Return the anchors of all subjects, in order."""
    return tuple(anchor for subject in subjects for anchor in subject.anchors)
