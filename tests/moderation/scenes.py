"""Small scenes, identities and decision logs for the tests of moderation."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from screenalytics_assets.contract.identity_records import DecisionsApplied, Identities, Identity, Labels
from screenalytics_assets.contract.schemas import Track, TrackBox
from screenalytics_assets.identities.lasting_ids import NO_LINEAGE
from screenalytics_assets.moderation.anchors import track_anchors
from screenalytics_assets.moderation.state import Scene
from screenalytics_resources.decisions.records import (
    Decision,
    Gesture,
    Kind,
    Membership,
    NewDecision,
    Subject,
    Value,
    decisions_of,
)
from tests.tiny_episode import EP_ID, FPS, make_track

VIDEO = "a" * 64
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
FRAMES = 50
"""Length of a track, which is 10 s."""


def face(number: int, first: int, last: int, left: float = 100.0, **changes: Any) -> Track:
    """Make a track of a face of 40 x 50 px whose box begins at `left`."""
    box = (left, 100.0, left + 40.0, 150.0)
    frames = sorted({first, (first + last) // 2, last})
    boxes = tuple(TrackBox(frame=frame, ts=frame / FPS, bbox=box, score=0.9) for frame in frames)
    return make_track(number, (first, last), crop_frames=[], boxes=boxes, **changes)


def scene_of_tracks(tracks: Sequence[Track], width: int = 640, height: int = 360, video: str = VIDEO) -> Scene:
    return Scene(tracks, video, width, height, 1 / FPS)


def row_of_faces(count: int) -> Scene:
    """Tracks 1 to `count`, one after the other."""
    return scene_of_tracks([face(number, number * 100, number * 100 + FRAMES) for number in range(1, count + 1)])


def named(numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"track-{number:05d}" for number in numbers)


def last_run(identities: Sequence[Sequence[int]], last_seq: int = 0, **changes: Any) -> Identities:
    """Return the parts of `identities.json` that moderation reads. The identities get the ids 1, 2, ..."""
    rows = tuple(
        Identity.model_construct(
            identity_id=f"identity-{number:05d}", track_ids=named(tracks), labels=Labels(), locked=False
        )
        for number, tracks in enumerate(identities, 1)
    )
    applied = DecisionsApplied(
        last_seq=last_seq, sha256="b" * 64, applied=last_seq, partial=0, undone=0, lost=(), overruled=()
    )
    return Identities.model_construct(
        identities=rows,
        lineage=changes.pop("lineage", NO_LINEAGE),
        next_identity_number=len(rows) + 1,
        decisions=applied if last_seq else None,
        dismissed_tracks=None,
        **changes,
    )


def whole(identity: int, tracks: Sequence[int], role: str = "target") -> tuple[str, str | None, Sequence[int]]:
    """An identity as a whole, of which these tracks are named."""
    return role, f"identity-{identity:05d}", tracks


def selected(tracks: Sequence[int], role: str = "target") -> tuple[str, str | None, Sequence[int]]:
    """Selected tracks."""
    return role, None, tracks


class Log:
    """A decision log that grows by gestures on one scene."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.decisions: tuple[Decision, ...] = ()

    def new(self, kind: Kind, *subjects: tuple[str, str | None, Sequence[int]], **value: Any) -> NewDecision:
        return NewDecision(
            kind=kind,
            subjects=tuple(
                Subject(role=role, identity_id=identity, anchors=track_anchors(named(tracks), self.scene))  # type: ignore[arg-type]
                for role, identity, tracks in subjects
            ),
            value=Value(**value),
        )

    def gesture(
        self, *decisions: NewDecision, actor: str = "ann", before: Sequence[tuple[int | None, Sequence[int]]] = ()
    ) -> Decision:
        """Append one gesture and return its first decision."""
        memberships = tuple(
            Membership(
                identity_id=None if identity is None else f"identity-{identity:05d}",
                anchors=track_anchors(named(tracks), self.scene),
            )
            for identity, tracks in before
        )
        said = Gesture(actor=actor, decisions=decisions, before=memberships)
        at = BEGAN + timedelta(seconds=len(self.decisions))
        rows = decisions_of(said, EP_ID, len(self.decisions), at)
        self.decisions += rows
        return rows[0]

    def say(self, kind: Kind, *subjects: tuple[str, str | None, Sequence[int]], **value: Any) -> Decision:
        """Append a gesture of one decision."""
        return self.gesture(self.new(kind, *subjects, **value))

    def undo(self, decision: Decision) -> Decision:
        return self.gesture(NewDecision(kind="undo", value=Value(gesture_id=decision.gesture_id)))
