"""Truth by boxes: labelled boxes of faces, in runs. It does not refer to tracks, so any detector can be judged with it.

docs/ground-truth.md describes the format.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from screenalytics_assets.contract.record_types import Frame
from screenalytics_resources.errors import UserError

UNKNOWN = "?"
"""Person of a run whose face the labeller cannot recognise. Its tracks count as tracks without a truth."""
Person = Annotated[str, Field(min_length=1)]
Coordinate = Annotated[float, Field(ge=0, allow_inf_nan=False)]
LabelledBox = tuple[Frame, Coordinate, Coordinate, Coordinate, Coordinate]
"""Frame of the source and the corners x1, y1, x2, y2 in square pixels of the upright frame."""


class TruthRun(BaseModel):
    """One face from its first to its last labelled frame. Boxes between two labelled frames are filled in linearly."""

    model_config = ConfigDict(frozen=True, strict=True)

    person: Person
    boxes: tuple[LabelledBox, ...] = Field(min_length=1)

    @property
    def first_frame(self) -> int:
        return self.boxes[0][0]

    @property
    def last_frame(self) -> int:
        return self.boxes[-1][0]


class BoxTruth(BaseModel):
    """Runs of labelled boxes. Faces that no run shows have no known person. Other keys of the file are ignored.

    `background` names people who are not members of the cast. `not_faces` names objects that a detector may take for
    a face.
    """

    model_config = ConfigDict(frozen=True, strict=True)

    ep_id: str
    fps: float | None = Field(None, gt=0, allow_inf_nan=False)
    boxes: tuple[TruthRun, ...] = Field(min_length=1)
    background: tuple[Person, ...] = ()
    not_faces: tuple[Person, ...] = ()

    @property
    def people(self) -> list[str]:
        """Names of all people, including background, sorted."""
        return sorted({run.person for run in self.boxes} - {UNKNOWN, *self.not_faces})

    @property
    def cast(self) -> list[str]:
        """Names of all people, excluding background, sorted."""
        return [name for name in self.people if name not in self.background]

    @property
    def outside_cast(self) -> frozenset[str]:
        """Names that do not count in figures without background."""
        return frozenset({*self.background, *self.not_faces})


def check_runs(truth: BoxTruth, name: str) -> None:
    """Raise `UserError` if boxes are unordered or inverted, or if a name is both a person and no face.

    Messages identify a run by its position in the file, because logs must not contain names of people.
    """
    for number, run in enumerate(truth.boxes, 1):
        problem = next(_problems(run.boxes), None)
        if problem:
            raise UserError(f"{name} has {problem} in run {number} of {len(truth.boxes)}.")
    shared = set(truth.background) & set(truth.not_faces)
    if shared:
        raise UserError(
            f"{name} has {len(shared)} names both in `background` and in `not_faces`: keep each name in one list."
        )


def _problems(boxes: Sequence[LabelledBox]) -> Iterator[str]:
    last = -1
    for frame, x1, y1, x2, y2 in boxes:
        if frame == last:
            yield f"two boxes for frame {frame}: keep one of them"
        if frame < last:
            yield f"frame {frame} after frame {last}: list the boxes in the order of frames"
        if not (x1 < x2 and y1 < y2):
            yield (
                f"an empty or inverted box at frame {frame} ({x1:g}, {y1:g}, {x2:g}, {y2:g}): "
                f"x1 must be less than x2, and y1 less than y2,"
            )
        last = frame
