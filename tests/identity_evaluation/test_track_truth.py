"""The person of each track, from a truth by shots and from a truth by tracks."""

import numpy as np
import pytest

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.truth_file import ShotTruth, TrackTruth, TruthShot
from screenalytics_assets.identity_evaluation.track_truth import (
    certain_people,
    is_seen_in,
    is_within,
    label_tracks,
    track_seconds,
)
from tests.tiny_episode import EP_ID, FPS, make_identity, make_track


def shots(*spans: tuple[int, int, tuple[str, ...]]) -> ShotTruth:
    rows = tuple(TruthShot(first_frame=first, last_frame=last, people=people) for first, last, people in spans)
    return ShotTruth(ep_id=EP_ID, fps=FPS, shots=rows)


TRUTH = shots((0, 49, ("ann",)), (50, 59, ()), (60, 79, ("ann", "bob")), (80, 99, ("background",)))


@pytest.mark.parametrize(
    ("frames", "inside", "seen"),
    [
        pytest.param((0, 49), [0], [0], id="the-full-shot"),
        pytest.param((40, 51), [0], [0], id="two-frames-beyond-a-cut"),
        pytest.param((40, 52), [], [0, 1], id="three-frames-beyond-a-cut"),
        pytest.param((49, 51), [1], [1], id="short-and-mostly-after-the-cut"),
        pytest.param((49, 50), [], [], id="half-and-half"),
        pytest.param((60, 60), [2], [2], id="one-frame"),
        pytest.param((0, 99), [], [0, 1, 2, 3], id="across-all-shots"),
        pytest.param((100, 120), [], [], id="after-the-last-shot"),
    ],
)
def test_where_a_track_is(frames: tuple[int, int], inside: list[int], seen: list[int]) -> None:
    track = make_track(1, frames)
    assert np.flatnonzero(is_within([track], TRUTH.shots)[0]).tolist() == inside
    assert np.flatnonzero(is_seen_in([track], TRUTH.shots)[0]).tolist() == seen


def test_certain_where_a_shot_names_one_person() -> None:
    spans = [(0, 20), (50, 55), (60, 70), (80, 85), (86, 99)]
    tracks = [make_track(number, frames) for number, frames in enumerate(spans, 1)]
    assert certain_people(tracks, TRUTH) == {
        "track-00001": "ann",
        "track-00004": "background track-00004",
        "track-00005": "background track-00005",
    }


def test_labels_of_shots_and_of_tracks() -> None:
    tracks = [make_track(n, frames) for n, frames in enumerate([(0, 9), (20, 40), (60, 70), (80, 99)], 1)]
    identities = Identities.model_construct(identities=(make_identity(1, [1, 4], 1.0),), unusable_tracks=())
    labels = label_tracks(tracks, identities, certain_people(tracks, TRUTH), TRUTH, FPS)
    assert labels.identity.tolist() == [0, -1, 0]
    assert labels.predicted.tolist() == [0, -2, 0]
    assert labels.person[0] == labels.person[1] != labels.person[2]
    assert labels.background.tolist() == [False, False, True]
    assert labels.seconds == pytest.approx([10 / FPS, 21 / FPS, 20 / FPS])

    by_track = TrackTruth(ep_id=EP_ID, tracks={"track-00003": "x", "track-00001": "y"}, background=("x",))
    labels = label_tracks(tracks, identities, certain_people(tracks, by_track), by_track, FPS)
    assert labels.identity.tolist() == [0, -1]
    assert labels.background.tolist() == [False, True]
    assert len(labels.only(~labels.background)) == 1


def test_no_tracks() -> None:
    identities = Identities.model_construct(identities=(), unusable_tracks=())
    assert len(label_tracks([], identities, {}, TRUTH, FPS)) == 0
    assert track_seconds([], 0.0).shape == (0,)
