"""One short sentence about a gesture, for a person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from screenalytics_resources.decisions.records import Decision, Kind, Reason, Subject

Gestures = Mapping[UUID, Sequence[Decision]]
"""Gesture id -> its decisions."""
NOTHING_CHANGED = "Nothing changed: it was so already."
_DISMISSED: Mapping[Reason, str] = {
    "not_a_face": "Marked {} as no face.",
    "ignore": "Ignored {}.",
    "deleted": "Deleted {}.",
}

_DONE: Mapping[Kind, str] = {
    "lock": "Locked",
    "unlock": "Unlocked",
    "restore": "Restored",
    "reviewed": "Reviewed",
    "undo": "Undid",
}


def gestures_of(log: Sequence[Decision]) -> Gestures:
    """Return the gestures of a log, in order."""
    gestures: dict[UUID, list[Decision]] = {}
    for decision in log:
        gestures.setdefault(decision.gesture_id, []).append(decision)
    return gestures


def summary(gesture: Sequence[Decision], log: Gestures, names: Mapping[str, str]) -> str:
    """Return what a gesture did, such as `Merged identity-00031 into identity-00012.`

    Args:
        gesture: its decisions.
        log: all gestures so far, in which an undo finds what it took back.
        names: names of the cast, by person id.
    """
    first, last = gesture[0], gesture[-1]
    kinds = tuple(decision.kind for decision in gesture)
    match kinds:
        case ("undo",):
            return _undo(first, log, names)
        case ("same", "is_person") if last.subjects == first.subjects:
            return f"{_same(first, True)[:-1]}, who {_is(last, names)}."
    same = [decision for decision in gesture if decision.kind == "same"]
    if same and set(kinds) <= {"same", "differ", "is_person"}:  # names are only said again
        return _same(same[-1], bool(first.before))
    return " ".join(_single(decision, names) for decision in gesture)


def _undo(decision: Decision, log: Gestures, names: Mapping[str, str]) -> str:
    taken = _taken_back(decision, log)
    if taken and taken[0].kind == "undo":
        again = _taken_back(taken[0], log)
        return f"Redid: {summary(again, log, names)}" if again else "Redid a gesture."
    return f"Undid: {summary(taken, log, names)}" if taken else "Undid a gesture."


def _taken_back(undo: Decision, log: Gestures) -> Sequence[Decision]:
    return () if undo.value.gesture_id is None else log.get(undo.value.gesture_id, ())


def _same(decision: Decision, moves: bool) -> str:
    """Say what a `same` did. `moves`: it changed memberships, and did not only confirm them."""
    target, *others = decision.subjects
    if decision.value.identity_id is not None:
        return f"Made {decision.value.identity_id} of {_tracks(target)}."
    whom = " and ".join(map(_what, others))
    if target.ep_id is not None:
        return f"{target.ep_id}/{target.identity_id} and {whom} show one person."
    if not moves:
        return f"Kept {whom} in {_what(target)}."
    return f"{'Merged' if others and others[0].identity_id else 'Moved'} {whom} {_into(others)} {_what(target)}."


def _into(others: Sequence[Subject]) -> str:
    return "into" if others and others[0].identity_id else "to"


def _single(decision: Decision, names: Mapping[str, str]) -> str:
    value, what = decision.value, " and ".join(map(_what, decision.subjects))
    match decision.kind:
        case "same":
            text = _same(decision, moves=True)
        case "differ":
            one, *others = map(_what, decision.subjects)
            text = f"Kept {' and '.join(others)} apart from {one}."
        case "is_person" | "not_person" | "label":
            text = _said(decision, what, names)
        case "dismiss":
            text = _DISMISSED[value.reason or "deleted"].format(what)
        case "cut":
            text = f"Cut {what} at {value.ts or 0:.2f} s."
        case "represent":
            text = f"Chose the picture of {what} at {value.ts or 0:.2f} s."
        case "lock" | "unlock" | "restore" | "reviewed" | "undo":
            text = f"{_DONE[decision.kind]} {what}."
    return text


def _said(decision: Decision, what: str, names: Mapping[str, str]) -> str:
    value = decision.value
    if decision.kind == "label":
        return f"Labelled {what} “{value.text}”." if value.text else f"Removed the label of {what}."
    if decision.kind == "not_person":
        return f"{_capital(what)} is not {_name(decision, names)}."
    if value.person_id is None and not value.forgotten:
        return f"Withdrew the name of {what}."
    return f"{_capital(what)} {_is(decision, names)}."


def _is(decision: Decision, names: Mapping[str, str]) -> str:
    return f"is {_name(decision, names)}"


def _name(decision: Decision, names: Mapping[str, str]) -> str:
    person = decision.value.person_id
    return "a forgotten person" if person is None else names.get(person, person)


def _what(subject: Subject) -> str:
    if subject.identity_id is None:
        return _tracks(subject)
    return f"{subject.ep_id}/{subject.identity_id}" if subject.ep_id else subject.identity_id


def _tracks(subject: Subject) -> str:
    tracks = [anchor.track_id for anchor in subject.anchors]
    return tracks[0] if len(tracks) == 1 else f"{len(tracks)} tracks"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
