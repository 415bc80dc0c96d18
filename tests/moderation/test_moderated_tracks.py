"""Decisions in the rows of tracks: on the same tracks, and on new ones of the same video."""

from collections.abc import Sequence
from functools import partial

import pytest

from screenalytics_assets.contract.record_types import Box
from screenalytics_assets.contract.schemas import EpisodeVideo, Track, Tracks
from screenalytics_assets.moderation.moderated_tracks import moderated_tracks
from screenalytics_resources.decisions.records import Decision
from tests.moderation.said import said
from tests.tiny_episode import EP_ID, FPS, make_metrics, make_track, origin

VIDEO = EpisodeVideo(
    ep_id=EP_ID,
    video_key="v",
    sha256="0" * 64,
    size_bytes=1,
    container="mp4",
    codec="h264",
    width=320,
    height=180,
    rotation=0,
    fps=FPS,
    duration_s=20.0,
    frames_stated=100,
)
LEFT, RIGHT = (20.0, 20.0, 60.0, 70.0), (200.0, 20.0, 240.0, 70.0)


def at(box: Box, number: int, first: int, last: int) -> Track:
    """A track at one place, with a picture every 5 frames."""
    track = make_track(number, (first, last), crop_frames=range(first, last + 1, 5))
    return track.model_copy(update={"boxes": tuple(b.model_copy(update={"bbox": box}) for b in track.boxes)})


def table(*rows: Track) -> Tracks:
    return Tracks(EP_ID, list(rows), origin("tracks", {}), documents={"track_metrics.json": make_metrics()})


BEFORE = table(at(LEFT, 1, 0, 40), at(RIGHT, 2, 0, 40), at(LEFT, 3, 60, 80))
AGAIN = table(at(RIGHT, 1, 1, 40), at(LEFT, 2, 0, 15), at(LEFT, 3, 17, 40), at(LEFT, 4, 61, 80))
"""The same faces tracked again: other numbers, and the first track in two pieces."""

say = partial(said, tracks=BEFORE, video=VIDEO)
CUT = say(1, "cut", numbers=[1], ts=5.0)
DISMISS = say(2, "dismiss", numbers=[1])
DISMISS_OTHER = say(2, "dismiss", numbers=[3])


def undo(seq: int, decision: Decision) -> Decision:
    return say(seq, "undo", undone=decision.gesture_id)


def shown(rows: Sequence[Track]) -> str:
    return " ".join(
        f"{int(track.track_id[-5:])}:{track.first_frame}-{track.last_frame}{'x' * track.deleted}" for track in rows
    )


Case = tuple[list[Decision], str, str]
CASES: dict[str, Case] = {
    "none": ([], "1:0-40 2:0-40 3:60-80", "1:1-40 2:0-15 3:17-40 4:61-80"),
    "dismissed": ([DISMISS], "1:0-40x 2:0-40 3:60-80", "1:1-40 2:0-15x 3:17-40x 4:61-80"),
    "cut": ([CUT], "1:0-20 4:25-40 2:0-40 3:60-80", "1:1-40 2:0-15 3:17-22 5:27-40 4:61-80"),
    "cut, and dismissed when it was whole": (
        [CUT, DISMISS],
        "1:0-20x 4:25-40x 2:0-40 3:60-80",
        "1:1-40 2:0-15x 3:17-22x 5:27-40x 4:61-80",
    ),
    "cut, and another one dismissed": (
        [CUT, DISMISS_OTHER],
        "1:0-20 4:25-40 2:0-40 3:60-80x",
        "1:1-40 2:0-15 3:17-22 5:27-40 4:61-80x",
    ),
    "cut undone": ([CUT, DISMISS, undo(3, CUT)], "1:0-40x 2:0-40 3:60-80", "1:1-40 2:0-15x 3:17-40x 4:61-80"),
    "dismissal undone": (
        [CUT, DISMISS, undo(3, DISMISS)],
        "1:0-20 4:25-40 2:0-40 3:60-80",
        "1:1-40 2:0-15 3:17-22 5:27-40 4:61-80",
    ),
    "restored": ([DISMISS, say(3, "restore", numbers=[1])], "1:0-40 2:0-40 3:60-80", "1:1-40 2:0-15 3:17-40 4:61-80"),
}


@pytest.mark.parametrize(("decisions", "same", "again"), CASES.values(), ids=CASES)
def test_decisions_hold_for_the_same_and_for_new_tracks(decisions: list[Decision], same: str, again: str) -> None:
    assert shown(moderated_tracks(BEFORE, decisions, VIDEO).tracks.rows) == same
    assert shown(moderated_tracks(AGAIN, decisions, VIDEO).tracks.rows) == again


@pytest.mark.parametrize("start", CASES)
@pytest.mark.parametrize("end", CASES)
def test_the_result_does_not_depend_on_what_the_rows_had(start: str, end: str) -> None:
    direct = moderated_tracks(BEFORE, CASES[end][0], VIDEO).tracks
    step = moderated_tracks(moderated_tracks(BEFORE, CASES[start][0], VIDEO).tracks, CASES[end][0], VIDEO).tracks
    assert [track.model_dump_json() for track in step.rows] == [track.model_dump_json() for track in direct.rows]


def test_a_cut_that_new_tracks_cannot_have_is_reported() -> None:
    new = table(at(LEFT, 1, 0, 40).model_copy(update={"crops": at(LEFT, 1, 0, 10).crops}))
    moderated = moderated_tracks(new, [CUT], VIDEO)
    assert shown(moderated.tracks.rows) == "1:0-40"
    (sentence,) = moderated.refused
    assert sentence.startswith("track-00001 cannot be cut at 5.00 s, because one part would have no picture")
