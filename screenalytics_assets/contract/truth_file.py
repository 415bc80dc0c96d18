"""Reader of an episode's truth file, `videos/{ep_id}/truth.json`: people by shot, by track, or by labelled box.

docs/ground-truth.md describes the three formats.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from screenalytics_assets.contract.record_types import Frame, TrackId
from screenalytics_assets.contract.truth_boxes import BoxTruth, Person, check_runs
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import number_or_kind
from screenalytics_resources.text_formats import parse_json

if TYPE_CHECKING:
    from upath import UPath

BACKGROUND = "background"
"""Name that stands for all people in a shot who are not in the cast."""
NO_TRUTH = "none"
"""Replaces the hash of the truth file in the provenance of an episode without one."""
_KEY = re.compile(
    r"shots|tracks|boxes|background|not_faces|people|person|ep_id|fps|first_frame|last_frame|tracks_digest|\[key\]"
    r"|(track-)?\d+"
)


class TruthShot(BaseModel):
    """Frames of the source, both ends inclusive, and the people visible in them."""

    model_config = ConfigDict(frozen=True, strict=True)

    first_frame: Frame
    last_frame: Frame
    people: tuple[Person, ...]


class ShotTruth(BaseModel):
    """People in each shot. Other keys of the file are ignored."""

    model_config = ConfigDict(frozen=True, strict=True)

    ep_id: str
    fps: float = Field(gt=0)
    shots: tuple[TruthShot, ...] = Field(min_length=1)

    @property
    def people(self) -> list[str]:
        """Names of all people, excluding background, sorted."""
        return sorted({person for shot in self.shots for person in shot.people} - {BACKGROUND})


class TrackTruth(BaseModel):
    """Person of each track. Tracks that are not listed have no known person."""

    model_config = ConfigDict(frozen=True, strict=True)

    ep_id: str
    tracks: dict[TrackId, Person] = Field(min_length=1)
    background: tuple[Person, ...] = ()
    tracks_digest: str | None = None


Truth = ShotTruth | TrackTruth | BoxTruth
_FORMATS: dict[str, type[Truth]] = {"shots": ShotTruth, "tracks": TrackTruth, "boxes": BoxTruth}
"""Model of the file by the section that it has."""


@dataclass(frozen=True)
class TruthFile:
    """Truth file: parsed content, bytes, and name for messages."""

    content: Truth
    raw: bytes
    name: str

    @property
    def sha256(self) -> str:
        return sha256_of(self.raw)


def truth_path(store: ArtifactStore, ep_id: str) -> "UPath":
    return store.path("videos", ep_id, "truth.json")


def truth_sha256(store: ArtifactStore, ep_id: str) -> str:
    """Return the SHA-256 of the episode's truth file, or `none` without one."""
    path = truth_path(store, ep_id)
    return sha256_of(path.read_bytes()) if path.exists() else NO_TRUTH


def load_truth(store: ArtifactStore, ep_id: str) -> TruthFile | None:
    """Return the episode's truth file, or None without one. Raises `UserError` if it is invalid."""
    path = truth_path(store, ep_id)
    return parse_truth(path.read_bytes(), ep_id, store.relative(path)) if path.exists() else None


def parse_truth(content: bytes, ep_id: str, name: str) -> TruthFile:
    """Parse a truth file of episode `ep_id`. `name` is the file's name in error messages.

    Raises:
        UserError: invalid JSON, none or several of the formats, another episode, shots that are inverted or overlap, or
            boxes that are unordered or inverted.
    """
    try:
        value = parse_json(content)
    except ValueError as error:
        raise UserError(
            f"{name} is not valid JSON ({error}). Fix the file; docs/ground-truth.md describes the format."
        ) from None
    truth = _validated(value, content, name)
    if truth.ep_id != ep_id:
        raise UserError(
            f"{name} is the truth of episode {truth.ep_id!r}, not of {ep_id!r}. Use the file of this episode."
        )
    if isinstance(truth, ShotTruth):
        _check_order(truth.shots, name)
    if isinstance(truth, BoxTruth):
        check_runs(truth, name)
    return TruthFile(truth, content, name)


def _validated(value: Any, content: bytes, name: str) -> Truth:
    sections = [section for section in _FORMATS if isinstance(value, dict) and section in value]
    if len(sections) != 1:
        raise UserError(
            f"{name} needs one of `shots`, `tracks` and `boxes`, but has {' and '.join(sections) or 'none'}. "
            f"docs/ground-truth.md describes the formats."
        )
    try:
        return _FORMATS[sections[0]].model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(_shown_key, first["loc"]))
        raise UserError(
            f"{name} is invalid at {where} ({first['msg']}, got {number_or_kind(first['input'])}). "
            f"docs/ground-truth.md describes the format."
        ) from None


def _shown_key(part: str | int) -> str:
    """Return a part of a place in the file. Any other key of the user may be the name of a person."""
    return str(part) if _KEY.fullmatch(str(part)) else "(another key)"


def _check_order(shots: Sequence[TruthShot], name: str) -> None:
    last = -1
    for shot in shots:
        if shot.first_frame > shot.last_frame:
            raise UserError(
                f"{name} has a shot from frame {shot.first_frame} to {shot.last_frame}, which ends before it begins. "
                f"Correct the shot."
            )
        if shot.first_frame <= last:
            raise UserError(
                f"{name} has a shot from frame {shot.first_frame} but the previous shot reaches frame {last}. "
                f"List the shots in order, without overlap."
            )
        last = shot.last_frame
