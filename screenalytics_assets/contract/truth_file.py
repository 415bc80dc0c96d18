"""An episode's truth file, `videos/{ep_id}/truth.json`: who is in which shot, or whose each track is.

docs/ground-truth.md describes both formats.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from screenalytics_assets.contract.record_types import Frame, TrackId
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from upath import UPath

BACKGROUND = "background"
"""Name of everybody in a shot who is no member of the cast."""
NO_TRUTH = "none"
"""Stands for the hash of the truth file in the provenance of an episode without one."""
Person = Annotated[str, Field(min_length=1)]


class TruthShot(BaseModel):
    """Frames of the source, both ends included, and who is seen there."""

    model_config = ConfigDict(frozen=True, strict=True)

    first_frame: Frame
    last_frame: Frame
    people: tuple[Person, ...]


class ShotTruth(BaseModel):
    """Who is in which shot. Other keys are for the reader of the file."""

    model_config = ConfigDict(frozen=True, strict=True)

    ep_id: str
    fps: float = Field(gt=0)
    shots: tuple[TruthShot, ...] = Field(min_length=1)

    @property
    def people(self) -> list[str]:
        """Everybody who is named, background left out, in order of name."""
        return sorted({person for shot in self.shots for person in shot.people} - {BACKGROUND})


class TrackTruth(BaseModel):
    """Whose each track is; tracks that are not named are left open."""

    model_config = ConfigDict(frozen=True, strict=True)

    ep_id: str
    tracks: dict[TrackId, Person] = Field(min_length=1)
    background: tuple[Person, ...] = ()
    tracks_digest: str | None = None


@dataclass(frozen=True)
class TruthFile:
    """A truth file: what it says, its bytes, and its name for messages."""

    content: ShotTruth | TrackTruth
    raw: bytes
    name: str

    @property
    def sha256(self) -> str:
        return sha256_of(self.raw)


def truth_path(store: ArtifactStore, ep_id: str) -> "UPath":
    return store.path("videos", ep_id, "truth.json")


def truth_sha256(store: ArtifactStore, ep_id: str) -> str:
    """SHA-256 of the episode's truth file as it lies there, `none` without one."""
    path = truth_path(store, ep_id)
    return sha256_of(path.read_bytes()) if path.exists() else NO_TRUTH


def load_truth(store: ArtifactStore, ep_id: str) -> TruthFile | None:
    """The episode's truth file, None without one; raises `UserError` for one that cannot be used."""
    path = truth_path(store, ep_id)
    return parse_truth(path.read_bytes(), ep_id, store.relative(path)) if path.exists() else None


def parse_truth(content: bytes, ep_id: str, name: str) -> TruthFile:
    """Read a truth file of episode `ep_id`; `name` is how messages call it.

    Raises:
        UserError: no JSON, neither of the two shapes, another episode, or shots that are turned around or overlap.
    """
    try:
        value = json.loads(content)
    except ValueError as error:
        raise UserError(f"{name} is not valid JSON ({error}): mend it, see docs/ground-truth.md.") from None
    truth = _model(value, content, name)
    if truth.ep_id != ep_id:
        raise UserError(f"{name} is the truth of episode {truth.ep_id!r}, not of {ep_id!r}: give the right file.")
    if isinstance(truth, ShotTruth):
        _refuse_disorder(truth.shots, name)
    return TruthFile(truth, content, name)


def _model(value: Any, content: bytes, name: str) -> ShotTruth | TrackTruth:
    keys = {"shots", "tracks"} & value.keys() if isinstance(value, dict) else set()
    if len(keys) != 1:
        raise UserError(
            f"{name} needs either `shots` or `tracks`, and has {' and '.join(sorted(keys)) or 'neither'}: "
            f"see docs/ground-truth.md for both formats."
        )
    try:
        return (ShotTruth if keys == {"shots"} else TrackTruth).model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{name} is wrong at {where} ({first['msg']}, got {first['input']!r:.60}): see docs/ground-truth.md."
        ) from None


def _refuse_disorder(shots: Sequence[TruthShot], name: str) -> None:
    last = -1
    for shot in shots:
        if shot.first_frame > shot.last_frame:
            raise UserError(
                f"{name} has a shot from frame {shot.first_frame} to {shot.last_frame}, which ends before it begins: "
                f"mend the shot."
            )
        if shot.first_frame <= last:
            raise UserError(
                f"{name} has a shot from frame {shot.first_frame} where the one before it reaches frame {last}: "
                f"shots come in order and do not overlap."
            )
        last = shot.last_frame
