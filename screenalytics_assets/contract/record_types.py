"""Types shared by the records of all artifacts.

Boxes are `[x1, y1, x2, y2]` in square pixels of the source frame as displayed (upright). Times are seconds from the
start of the video stream. Frames count from 0. Spans are inclusive. Similarities are cosine similarities in [-1, 1].
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _check_corners(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    if not (box[0] < box[2] and box[1] < box[3]):
        raise ValueError(f"box {list(box)} is empty or inverted: x1 must be less than x2, and y1 less than y2")
    return box


TrackId = Annotated[str, Field(pattern=r"^track-\d{5,}$")]
FaceId = Annotated[str, Field(pattern=r"^face-\d{6,}$")]
ShotId = Annotated[str, Field(pattern=r"^shot-\d{4,}$")]
IdentityId = Annotated[str, Field(pattern=r"^identity-\d{5,}$")]
Frame = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Similarity = Annotated[float, Field(ge=-1.001, le=1.001)]
Box = Annotated[tuple[float, float, float, float], AfterValidator(_check_corners)]
Point = tuple[float, float]
Landmarks = tuple[Point, Point, Point, Point, Point]
SplitReason = Literal["hard", "streak", "iou"]
NonFaceReason = Literal["low_mean_score"]
RejectionReason = Literal[
    "low_confidence",
    "low_contrast",
    "too_small",
    "low_quality",
    "low_norm",
    "not_sampled",
    "unreadable_crop",
    "unalignable",
]


def identity_id_of(number: int) -> str:
    """Return the id of the identity with this number."""
    return f"identity-{number:05d}"


def added_field(description: str, ge: float | None = None) -> Any:
    """Return a field that older files lack: None there, and not written, so that their digests stay the same."""
    return Field(None, ge=ge, description=description, exclude_if=_is_none)


def _is_none(value: object) -> bool:
    return value is None


class Record(BaseModel):
    """Base of every row and document. Unknown fields and NaN are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
