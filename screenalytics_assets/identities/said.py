"""What people said of an identity, gathered from its tracks. If tracks differ, the longest time on screen decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from screenalytics_assets.contract.identity_records import ChosenFace
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.decided_links import locked_groups
from screenalytics_assets.moderation.state import Moderation

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """What people said of one identity."""

    person_id: str | None
    label: str | None
    locked: bool
    reviewed: bool
    not_people: frozenset[str]
    chosen_face: ChosenFace | None


class Sayings:
    """What people said of the tracks of an episode."""

    def __init__(self, moderation: Moderation, tracks: Sequence[Track], frame_s: float) -> None:
        """Prepare the look-up. A frame lasts `frame_s` seconds."""
        self._moderation = moderation
        self._locked = {track for group in locked_groups(moderation) for track in group}
        self._seconds = {track.track_id: track.last_ts - track.first_ts + frame_s for track in tracks}

    def of(self, track_ids: Sequence[str]) -> Said:
        """Return what people said of the identity with these tracks."""
        said = self._moderation
        person = self._longest({track: said.names[track] for track in track_ids if track in said.names})
        refused = {person_id for track in track_ids for person_id in said.not_names.get(track, ())}
        chosen = [track for track in track_ids if track in said.representatives]
        face = max(chosen, key=lambda track: self._seconds[track], default=None)
        return Said(
            person_id=person,
            label=self._longest({track: said.labels[track] for track in track_ids if track in said.labels}),
            locked=not self._locked.isdisjoint(track_ids),
            reviewed=bool(self._longest({track: track in said.reviewed for track in track_ids})),
            not_people=frozenset(refused - {person}),
            chosen_face=None if face is None else ChosenFace(track_id=face, ts=said.representatives[face]),
        )

    def _longest(self, value_of: Mapping[str, T]) -> T | None:
        """Return the value whose tracks are longest on screen; of the first track on a tie; None without any track."""
        seconds: dict[T, float] = {}
        for track, value in value_of.items():
            seconds[value] = seconds.get(value, 0.0) + self._seconds[track]
        return max(seconds, key=lambda value: seconds[value], default=None)


def apart_identities(
    moderation: Moderation, identity_of: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Return the pairs of identities that a person said are different people, in order. `identity_of` maps tracks."""
    pairs = {
        (min(ids), max(ids))
        for tracks in moderation.apart
        if len(ids := {identity_of[track] for track in tracks if track in identity_of}) == 2
    }
    return tuple(sorted(pairs))
