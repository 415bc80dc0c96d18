"""What people said of an identity, gathered from its tracks. If tracks differ, the longest time on screen decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from screenalytics_assets.contract.identity_records import ChosenFace
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.identities.decided_links import locked_groups
from screenalytics_assets.moderation.overlay import value_of_most
from screenalytics_assets.moderation.state import Moderation


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
        person = value_of_most(said.names, track_ids, self._seconds)
        face = next((track for track in said.representatives if track in track_ids), None)  # the newest comes first
        return Said(
            person_id=person,
            label=value_of_most(said.labels, track_ids, self._seconds),
            locked=not self._locked.isdisjoint(track_ids),
            reviewed=not said.reviewed.isdisjoint(track_ids),
            not_people=frozenset[str]().union(*(said.not_names.get(track, ()) for track in track_ids)),
            chosen_face=None if face is None else ChosenFace(track_id=face, ts=said.representatives[face]),
        )


def apart_identities(moderation: Moderation, identity_of: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Return the pairs of identities that a person said are different people, in order. `identity_of` maps tracks."""
    pairs = {
        (min(ids), max(ids))
        for tracks in moderation.apart
        if len(ids := {identity_of[track] for track in tracks if track in identity_of}) == 2
    }
    return tuple(sorted(pairs))
