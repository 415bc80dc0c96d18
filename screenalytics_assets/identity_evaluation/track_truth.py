"""The true person of each track for which the truth file determines one, and the shots in which a track is seen."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_file import BACKGROUND, TrackTruth, Truth, TruthShot
from screenalytics_assets.identity_evaluation.box_matching import people_by_boxes

CUT_TOLERANCE = 2
"""Frames by which a track may extend beyond a true shot it belongs to: cuts blend and are detected a frame off."""
IN_NO_IDENTITY = -1


@dataclass(frozen=True)
class TrackLabels:
    """Identity and true person of N tracks; arrays (N,). Labels are arbitrary numbers."""

    identity: NDArray[np.int64]
    """`IN_NO_IDENTITY` for unusable tracks."""
    person: NDArray[np.int64]
    seconds: NDArray[np.float64]
    background: NDArray[np.bool_]
    """Tracks of people who are not members of the cast, and of what is no face."""
    not_faces: frozenset[int] = frozenset()
    """Those labels in `person` that stand for what is no face."""

    def __len__(self) -> int:
        return len(self.identity)

    @property
    def usable(self) -> NDArray[np.bool_]:
        return np.not_equal(self.identity, IN_NO_IDENTITY)

    @property
    def predicted(self) -> NDArray[np.int64]:
        """Identities, with each unusable track in one of its own."""
        return np.where(self.usable, self.identity, IN_NO_IDENTITY - np.arange(len(self)))

    def only(self, mask: NDArray[np.bool_]) -> "TrackLabels":
        return TrackLabels(
            self.identity[mask], self.person[mask], self.seconds[mask], self.background[mask], self.not_faces
        )


def label_tracks(
    tracks: Sequence[Track], identities: Identities, people: Mapping[str, str], truth: Truth, fps: float
) -> TrackLabels:
    """Return labels of the tracks whose true person is known: those in `people`, by track."""
    known = [track for track in tracks if track.track_id in people]
    names = {name: number for number, name in enumerate(sorted(set(people.values())))}
    background = background_people(people, truth)
    not_faces = truth.not_faces if isinstance(truth, BoxTruth) else ()
    return TrackLabels(
        identity=identity_numbers(known, identities),
        person=np.array([names[people[track.track_id]] for track in known], np.int64),
        seconds=track_seconds(known, fps),
        background=np.array([people[track.track_id] in background for track in known], np.bool_),
        not_faces=frozenset(names[name] for name in not_faces if name in names),
    )


def certain_people(tracks: Sequence[Track], truth: Truth) -> dict[str, str]:
    """Return the true person by track.

    A truth by shots determines the person of a track within a shot that shows one person. Background is not one
    person: each background track counts as a different person, because the truth does not distinguish them.
    """
    if isinstance(truth, TrackTruth):
        return {t.track_id: truth.tracks[t.track_id] for t in tracks if t.track_id in truth.tracks}
    if isinstance(truth, BoxTruth):
        return people_by_boxes(tracks, truth)
    inside = is_within(tracks, truth.shots)
    people: dict[str, str] = {}
    for track, row in zip(tracks, inside, strict=True):
        for index in np.flatnonzero(row):
            names = set(truth.shots[index].people)
            if len(names) == 1:
                name = names.pop()
                people[track.track_id] = f"{BACKGROUND} {track.track_id}" if name == BACKGROUND else name
    return people


def background_people(people: Mapping[str, str], truth: Truth) -> Set[str]:
    """Return those people of the tracks who are background. What is no face counts as background."""
    if isinstance(truth, BoxTruth):
        return truth.outside_cast
    if isinstance(truth, TrackTruth):
        return set(truth.background)
    return {person for track_id, person in people.items() if person == f"{BACKGROUND} {track_id}"}


def identity_numbers(tracks: Sequence[Track], identities: Identities) -> NDArray[np.int64]:
    """Return the index (N,) of each track's identity, `IN_NO_IDENTITY` for unusable tracks."""
    homes = {track: index for index, identity in enumerate(identities.identities) for track in identity.track_ids}
    return np.array([homes.get(track.track_id, IN_NO_IDENTITY) for track in tracks], np.int64)


def track_seconds(tracks: Sequence[Track], fps: float) -> NDArray[np.float64]:
    """Return seconds on screen (N,): the track's span including its last frame."""
    return np.array([track.duration_s + 1 / fps for track in tracks], np.float64)


def overlap_frames(tracks: Sequence[Track], shots: Sequence[TruthShot]) -> NDArray[np.int64]:
    """Count the frames (T, S) that each track's span shares with each true shot."""
    spans = np.array([(track.first_frame, track.last_frame) for track in tracks], np.int64).reshape(-1, 2)
    bounds = np.array([(shot.first_frame, shot.last_frame) for shot in shots], np.int64).reshape(-1, 2)
    shared = np.minimum(spans[:, None, 1], bounds[None, :, 1]) - np.maximum(spans[:, None, 0], bounds[None, :, 0]) + 1
    return np.where(shared > 0, shared, 0)


def is_within(tracks: Sequence[Track], shots: Sequence[TruthShot]) -> NDArray[np.bool_]:
    """Return whether (T, S) a track is within a shot: most of it is, and at most `CUT_TOLERANCE` frames are not."""
    shared = overlap_frames(tracks, shots)
    length = np.array([track.last_frame - track.first_frame + 1 for track in tracks], np.int64)[:, None]
    beyond = length - shared
    return (beyond <= CUT_TOLERANCE) & (shared > beyond)


def is_seen_in(tracks: Sequence[Track], shots: Sequence[TruthShot]) -> NDArray[np.bool_]:
    """Return whether (T, S) a track counts for a shot: it shares more than a blended cut's frames, or is within it."""
    return (overlap_frames(tracks, shots) > CUT_TOLERANCE) | is_within(tracks, shots)
