"""The queue: questions that a person answers with yes or no."""

from typing import Literal

from pydantic import Field

from screenalytics_app.api.models.common import Fraction, Id, Model, PersonRef, Seconds
from screenalytics_app.api.models.gestures import Confirmable
from screenalytics_app.api.models.identities import IdentityCard, TrackCard


class NearPair(Model):
    """Two faces, one of each side, that resemble each other."""

    track_id: Id
    image_url: str | None
    other_track_id: Id
    other_image_url: str | None
    similarity: float = Field(ge=-1, le=1)


class QuestionCard(Model):
    """One question. Its id stays as long as it asks the same."""

    question_id: Id
    kind: Literal["merge", "name", "cut", "not_a_face", "home"]
    text: str = Field(examples=["Is this one person?"])
    identity: IdentityCard | None
    tracks: tuple[TrackCard, ...] = Field(description="tracks in question, the longest first, at most 12")
    track_count: int = Field(ge=1)
    track_ids: tuple[Id, ...] = Field(description="all tracks in question")
    other: IdentityCard | None
    other_tracks: tuple[TrackCard, ...]
    person: PersonRef | None
    person_image_url: str | None
    probability: Fraction
    actions_saved: float = Field(ge=0)
    similarity: float | None = Field(ge=-1, le=1)
    clothing: Fraction | None
    shared_frames: int = Field(ge=0)
    nearest: tuple[NearPair, ...]
    evidence: str
    seconds: Seconds


class Queue(Model):
    """The open questions, the best first. `actions` is about how many actions remain with and without them."""

    ep_id: str
    last_seq: int = Field(ge=0)
    items: tuple[QuestionCard, ...]
    total: int = Field(ge=0)
    left_out: int = Field(ge=0, description="questions that the last run did not store")


class Answer(Confirmable):
    """Answer to a question."""

    answer: Literal["yes", "no"]
