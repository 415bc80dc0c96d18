"""Random gestures on an episode, as a person could make them."""

import random
from collections.abc import Callable, Mapping, Sequence

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.marks import lock, represent, review
from screenalytics_app.actions.moderation.membership import merge, move, split
from screenalytics_app.actions.moderation.naming import label, name, not_person
from screenalytics_app.actions.moderation.view import View
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.errors import UserError

PEOPLE = ("ann-example", "bob-example", "cleo-example", "dan-example")
LABELS = ("waiter", "guest", "crowd")
WEIGHTS: Mapping[str, int] = {
    "merge": 6,
    "split": 4,
    "move": 5,
    "name": 7,
    "not_person": 4,
    "label": 3,
    "lock": 3,
    "dismiss": 3,
    "represent": 3,
    "review": 2,
}
MAX_TRIES = 200


def random_gesture(view: View, rng: random.Random) -> Draft:
    """Return a random gesture that the episode allows and that changes something.

    Raises:
        RuntimeError: none was found.
    """
    for _ in range(MAX_TRIES):
        (kind,) = rng.choices(tuple(WEIGHTS), tuple(WEIGHTS.values()))
        try:
            draft = _GESTURES[kind](view, rng)
        except UserError:
            continue
        if draft.decisions:
            return draft
    raise RuntimeError(f"Expected a gesture that changes something, but {MAX_TRIES} random ones did not")


def _merge(view: View, rng: random.Random) -> Draft:
    one, other = _two(view, rng)
    return merge(view, one.identity_id, [other.identity_id])


def _split(view: View, rng: random.Random) -> Draft:
    identity = _identity(view, rng)
    return split(view, identity.identity_id, _some(identity.track_ids, rng))


def _move(view: View, rng: random.Random) -> Draft:
    one, other = _two(view, rng)
    return move(view, _some(one.track_ids, rng), other.identity_id)


def _name(view: View, rng: random.Random) -> Draft:
    return name(view, _identity(view, rng).identity_id, rng.choice(PEOPLE))


def _not_person(view: View, rng: random.Random) -> Draft:
    return not_person(view, _identity(view, rng).identity_id, rng.choice(PEOPLE))


def _label(view: View, rng: random.Random) -> Draft:
    return label(view, _identity(view, rng).identity_id, rng.choice(LABELS))


def _lock(view: View, rng: random.Random) -> Draft:
    return lock(view, _identity(view, rng).identity_id)


def _dismiss(view: View, rng: random.Random) -> Draft:
    return dismiss(view, [rng.choice(_identity(view, rng).track_ids)], "not_a_face")


def _represent(view: View, rng: random.Random) -> Draft:
    track = view.track(rng.choice(_identity(view, rng).track_ids))
    return represent(view, track.track_id, rng.choice(track.crops).ts if track.crops else track.first_ts)


def _review(view: View, rng: random.Random) -> Draft:
    return review(view, _identity(view, rng).identity_id)


def _two(view: View, rng: random.Random) -> list[ModeratedIdentity]:
    if len(view.moderated.identities) < 2:
        raise UserError("There are no two identities.")
    return rng.sample(view.moderated.identities, 2)


def _identity(view: View, rng: random.Random) -> ModeratedIdentity:
    if not view.moderated.identities:
        raise UserError("There is no identity.")
    return rng.choice(view.moderated.identities)


def _some(tracks: Sequence[str], rng: random.Random) -> list[str]:
    return rng.sample(tracks, rng.randint(1, min(2, len(tracks))))


_GESTURES: Mapping[str, Callable[[View, random.Random], Draft]] = {
    "merge": _merge,
    "split": _split,
    "move": _move,
    "name": _name,
    "not_person": _not_person,
    "label": _label,
    "lock": _lock,
    "dismiss": _dismiss,
    "represent": _represent,
    "review": _review,
}
