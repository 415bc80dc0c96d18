"""Gestures for the tests of the decision log, with as many anchors as a gesture on television has."""

from screenalytics_resources.decisions.records import Anchor, AnchorBox, Gesture, NewDecision, Subject, Value

EP_ID = "demo-s01e01"


def anchor(number: int = 1) -> Anchor:
    first = 1.37 * number
    boxes = tuple(AnchorBox(ts=first + 0.41 * i, bbox=(0.123456, 0.2, 0.3456 + number / 1e4, 0.41)) for i in range(3))
    return Anchor(
        first_ts=first,
        last_ts=first + 1.2,
        boxes=boxes,
        video_sha256="e" * 64,
        track_id=f"track-{number:05d}",
        frames=(number, number + 30),
    )


def gesture(*decisions: NewDecision, actor: str = "local", saw: str = "v1") -> Gesture:
    return Gesture(actor=actor, decisions=decisions, saw={"identity-00001": saw})


def lock(number: int = 1) -> NewDecision:
    return NewDecision(kind="lock", subjects=(Subject(identity_id="identity-00001", anchors=(anchor(number),)),))


def same(anchors: int = 24) -> NewDecision:
    half = anchors // 2
    target = Subject(identity_id="identity-00001", anchors=tuple(map(anchor, range(half))))
    other = Subject(role="other", identity_id="identity-00002", anchors=tuple(map(anchor, range(half, anchors))))
    return NewDecision(kind="same", subjects=(target, other))


def is_person(person_id: str, kind: str = "is_person") -> NewDecision:
    return NewDecision.model_validate(
        {"kind": kind, "subjects": (Subject(anchors=(anchor(),)),), "value": Value(person_id=person_id)}
    )


def label(text: str | None) -> NewDecision:
    return NewDecision(kind="label", subjects=(Subject(anchors=(anchor(),)),), value=Value(text=text))
