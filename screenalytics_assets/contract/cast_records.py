"""Records of `cast_assignments.json`; the file itself is declared in `schemas`."""

from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import IdentityId, Record, Similarity


class CastCandidate(Record):
    """A person whom an identity may be."""

    person_id: str
    name: str
    similarity: Similarity = Field(description="highest similarity of the identity's centroid to a prototype")


class CastAssignment(Record):
    """Who an identity is, and why."""

    identity_id: IdentityId
    status: Literal["assigned", "needs_review", "unknown"]
    person_id: str | None
    name: str | None
    assigned_by: Literal["machine", "person"] | None
    similarity: Similarity | None = Field(description="to the best person, or to the one that owns it")
    margin: float | None = Field(description="lead over the second best person; null where there is none")
    candidates: tuple[CastCandidate, ...] = Field(description="best first")
    reason: str


class LostName(Record):
    """A name that a person gave to an identity that is no longer there."""

    identity_id: IdentityId
    person_id: str


class CastAssignments(Record):
    """`cast_assignments.json`."""

    ep_id: str
    show: str
    cast_size: int = Field(ge=0, description="people of the show")
    model_pack: str
    cast_sim: Similarity = Field(description="similarity that a name needs")
    cast_margin: float = Field(ge=0, description="lead over the second best person that it needs as well")
    cast_review_sim: Similarity = Field(description="below it nobody is even suggested")
    assigned: int = Field(ge=0)
    needs_review: int = Field(ge=0)
    unknown: int = Field(ge=0)
    lost_names: tuple[LostName, ...]
    assignments: tuple[CastAssignment, ...]
