"""Records of `merge_suggestions.json`. The file itself is declared in `schemas`."""

from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, Frame, IdentityId, Record, Seconds, Similarity, TrackId

QuestionKind = Literal["merge", "name", "cut", "not_a_face", "home"]


class NearFaces(Record):
    """Two tracks that resemble each other, and the frame of a clear face of each."""

    track_id: TrackId
    frame: Frame
    other_track_id: TrackId
    other_frame: Frame
    similarity: Similarity


class Question(Record):
    """One question about an identity that a person can answer with yes or no.

    `merge`: do both identities show one person? `name`: is it this person of the cast? `cut`: do these tracks show
    someone else? `not_a_face`: does it show no face? `home`: does this track belong to the other identity?
    """

    kind: QuestionKind
    identity_id: IdentityId | None = Field(description="identity in question; null for a track in no identity")
    track_ids: tuple[TrackId, ...] = Field(
        min_length=1, description="tracks in question: those to split off, the single track, or all of the identity"
    )
    other_identity_id: IdentityId | None = Field(
        description="merge, home: the other identity; cut: where the tracks most likely belong, null if unknown"
    )
    person_id: str | None = Field(description="name: the person of the cast")
    probability: Fraction = Field(description="that the answer is yes")
    actions_saved: float = Field(
        ge=0, description="actions by hand that a yes replaces, and other questions that it answers"
    )
    face_similarity: Similarity | None = Field(
        description="between the two sides, or to the person; null for not_a_face"
    )
    clothing: Fraction | None = Field(
        description="highest clothing affinity of tracks near in time; null if not compared"
    )
    shared_frames: int = Field(ge=0, description="frames that tracks of both sides share, such as in a mirror")
    nearest: tuple[NearFaces, ...] = Field(description="most similar pairs of tracks between the two sides, best first")
    seconds_on_screen: Seconds = Field(description="of the tracks in question")
    evidence: str = Field(description="the figures in words")

    @property
    def value(self) -> float:
        """Expected number of actions that the question saves, by which questions are ordered."""
        return self.probability * self.actions_saved


class MergeSuggestions(Record):
    """`merge_suggestions.json`."""

    ep_id: str
    model_pack: str
    questions: tuple[Question, ...] = Field(
        description="by probability times actions saved, then by seconds on screen, highest first"
    )
    least_probability: Fraction = Field(description="questions with a lower probability are not asked")
    left_out: int = Field(ge=0, description="questions beyond suggestions_max")
    apart: tuple[tuple[TrackId, TrackId], ...] = Field(
        description="pairs of tracks that share a frame, one per pair of identities that are therefore two people"
    )
