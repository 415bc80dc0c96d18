"""Co-occurrence: two tracks that share a frame show two people, so they may never end in one identity.

In published track tables of television not one of 2,669 such pairs (The Big Bang Theory), and 15 of 2,267
(Buffy, where one actor plays a double), are the same person. Mirrors and split screens are the exceptions; a
small file beside the episode's video lists when they are on screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from screenalytics_assets.identities.constraints import sharing_frames
from screenalytics_assets.identities.track_boxes import box_at, on_one_face
from screenalytics_assets.schemas import Track
from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

EXCEPTIONS_FILE = "same_person_in_frame.yaml"


class _Span(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    from_s: float = Field(ge=0)
    to_s: float = Field(ge=0)
    why: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    spans: tuple[_Span, ...]


@dataclass(frozen=True)
class Exceptions:
    """When one person may be seen twice in a frame: spans (from, to) in seconds, both ends included."""

    spans: tuple[tuple[float, float], ...]
    sha256: str
    """Hash of the file, `none` where there is none: it is an input of the identities."""


NO_EXCEPTIONS = Exceptions((), "none")


def exceptions_sha256(store: ArtifactStore, ep_id: str) -> str:
    """Hash of the file of exceptions, `none` where there is none."""
    path = store.path("videos", ep_id, EXCEPTIONS_FILE)
    return sha256_of(path.read_bytes()) if path.exists() else NO_EXCEPTIONS.sha256


def read_exceptions(store: ArtifactStore, ep_id: str) -> Exceptions:
    """The exceptions of an episode, from `videos/{ep_id}/same_person_in_frame.yaml` where that exists.

    Raises:
        UserError: a file that is no such list; the message shows what one looks like.
    """
    path = store.path("videos", ep_id, EXCEPTIONS_FILE)
    if not path.exists():
        return NO_EXCEPTIONS
    content: bytes = path.read_bytes()
    example = "write `spans: [{from_s: 61.0, to_s: 64.5, why: mirror}]`, with to_s not before from_s"
    try:
        spans = _File.model_validate(yaml.safe_load(content)).spans
    except (yaml.YAMLError, UnicodeDecodeError, ValidationError) as error:
        cause = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "no YAML"
        raise UserError(f"{store.relative(path)} is no list of exceptions ({cause}): {example}.") from None
    for span in spans:
        if span.to_s < span.from_s:
            raise UserError(f"{store.relative(path)} has a span from {span.from_s} to {span.to_s} s: {example}.")
    return Exceptions(tuple((span.from_s, span.to_s) for span in spans), sha256_of(content))


def sharing_pairs(tracks: Sequence[Track], exceptions: Exceptions = NO_EXCEPTIONS) -> NDArray[np.int64]:
    """Pairs (P, 2), i < j, of `tracks` that share a frame outside every exception.

    Tracks whose boxes lie on one face in the middle of what they share are no such pair: a detector now and then
    sees a face twice, most of all where one track ends and its successor begins.
    """
    first = np.array([track.first_frame for track in tracks], np.int64)
    last = np.array([track.last_frame for track in tracks], np.int64)
    pairs = sharing_frames(first, last)
    middles = (first[pairs].max(axis=1) + last[pairs].min(axis=1)) / 2
    apart = [
        not on_one_face(box_at(tracks[one], frame), box_at(tracks[other], frame))
        for (one, other), frame in zip(pairs.tolist(), middles.tolist(), strict=True)
    ]
    pairs = pairs[np.array(apart, np.bool_)]
    starts = np.array([track.first_ts for track in tracks])
    ends = np.array([track.last_ts for track in tracks])
    begins, stops = starts[pairs].max(axis=1), ends[pairs].min(axis=1)
    excused = np.zeros(len(pairs), np.bool_)
    for from_s, to_s in _joined(exceptions.spans):
        excused |= (begins >= from_s) & (stops <= to_s)
    return pairs[~excused]


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The same time as spans that neither touch nor overlap, in order."""
    joined: list[tuple[float, float]] = []
    for from_s, to_s in sorted(spans):
        if joined and from_s <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], to_s))
        else:
            joined.append((from_s, to_s))
    return joined
