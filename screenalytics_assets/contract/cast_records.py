"""Records of `cast_assignments.json`. The file itself is declared in `schemas`."""

from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import IdentityId, Record, Similarity, added_field


class CastCandidate(Record):
    """Person that an identity may be."""

    person_id: str
    name: str
    similarity: Similarity = Field(
        description="highest similarity of the identity's centroid to one of the person's prototypes"
    )


class CastAssignment(Record):
    """Person assigned to an identity, and the reason."""

    identity_id: IdentityId
    status: Literal["assigned", "needs_review", "unknown"]
    person_id: str | None
    name: str | None
    assigned_by: Literal["machine", "person"] | None
    similarity: Similarity | None = Field(
        description="to the assigned person, or to the best candidate if none is assigned"
    )
    margin: float | None = Field(description="lead of the best person over the second best; null if there is no second")
    candidates: tuple[CastCandidate, ...] = Field(description="best first")
    reason: str


class LostName(Record):
    """Name that a person gave to faces that are no longer found."""

    identity_id: IdentityId
    person_id: str
    merged_into: IdentityId | None = added_field("identity that absorbed it; only earlier releases write it")


class CastAssignments(Record):
    """`cast_assignments.json`."""

    ep_id: str
    show: str
    cast_size: int = Field(ge=0, description="people in the show's cast")
    model_pack: str
    cast_sim: Similarity = Field(description="minimum similarity for an assignment")
    cast_margin: float = Field(ge=0, description="minimum lead over the second best person for an assignment")
    cast_review_sim: Similarity = Field(description="similarity below which the status is unknown")
    assigned: int = Field(ge=0)
    needs_review: int = Field(ge=0)
    unknown: int = Field(ge=0)
    lost_names: tuple[LostName, ...]
    assignments: tuple[CastAssignment, ...]
