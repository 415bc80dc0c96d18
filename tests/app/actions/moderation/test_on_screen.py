"""Times as people write them, and who is on screen then."""

from functools import partial

import pytest

from screenalytics_app.actions.moderation.dismissal import dismiss
from screenalytics_app.actions.moderation.on_screen import faces_at, identity_at, parse_time, track_at
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, Log, side_by_side


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("75.5", 75.5), ("12:34.5", 754.5), ("1:02:03", 3723.0), (" 0:00.25 ", 0.25), ("100:00", 6000.0)],
)
def test_parse_time(text: str, seconds: float) -> None:
    assert parse_time(text) == seconds


@pytest.mark.parametrize("text", ["", "noon", "-1", "1:60", "1:60:00", "1:2:3:4", "1,5", "nan", "inf", "1e3", "٣"])
def test_not_a_time(text: str) -> None:
    with pytest.raises(UserError, match="is not a time: write seconds, minutes or hours"):
        parse_time(text)


def test_faces_are_listed_from_left_to_right(store: ArtifactStore) -> None:
    side_by_side(store)
    view = Log(store).view
    assert [(face.track_id, face.identity_id, face.x, face.y) for face in faces_at(view, 3.0)] == [
        (T1, A, 0.125, 0.25),
        (T2, B, 0.688, 0.25),
    ]
    assert [(face.track_id, face.identity_id) for face in faces_at(view, 13.0)] == [(T3, A), (T5, None), (T4, B)]


def test_one_face_is_named_by_its_time(store: ArtifactStore) -> None:
    log = Log(store)
    assert (track_at(log.view, 0.5), identity_at(log.view, 0.5)) == (T1, A)
    assert track_at(log.view, 8.09) == T2
    with pytest.raises(UserError, match=r"Several faces are on screen at 13\.00 s"):
        track_at(log.view, 13.0)
    log.say(partial(dismiss, tracks=[T4, T5], reason="ignore"))
    assert (track_at(log.view, 13.0), identity_at(log.view, 13.0)) == (T3, A)
    for at in (8.2, 19.0):
        with pytest.raises(UserError, match="No face of an identity is on screen"):
            identity_at(log.view, at)


def test_a_face_in_no_identity_is_a_track_only(store: ArtifactStore) -> None:
    log = Log(store)
    log.say(partial(dismiss, tracks=[T3, T4], reason="ignore"))
    assert track_at(log.view, 13.0) == T5
    with pytest.raises(UserError, match="No face of an identity is on screen"):
        identity_at(log.view, 13.0)
