"""The generic distribution of tracks."""

import numpy as np
import pytest

from screenalytics_assets.calibration.drawn_tracks import DrawnTrack, draw_glimpse, draw_track, track_counts


def test_leads_are_the_people_with_the_most_photos() -> None:
    photos = [20, 5, 5, 5, 5, 5, 5, 5, 5, 30] * 2
    counts = track_counts(photos, np.random.default_rng(0))
    assert [count for count, seen in zip(counts, photos, strict=True) if seen == 30] == [40, 40]
    assert all(1 <= count <= 5 for count, seen in zip(counts, photos, strict=True) if seen < 30)


@pytest.mark.parametrize(
    ("photos", "leads"),
    [
        pytest.param([20] * 79, 8, id="a-tenth"),
        pytest.param([20] * 3, 1, id="at-least-one"),
    ],
)
def test_number_of_leads(photos: list[int], leads: int) -> None:
    counts = track_counts(photos, np.random.default_rng(1))
    assert sum(count == 40 for count in counts) == leads


def test_few_photos_limit_the_tracks() -> None:
    counts = track_counts([4, 2, 1, 1], np.random.default_rng(2))
    assert counts[0] == 8
    assert max(counts[2:]) <= 2


def test_widths_and_durations_have_the_stated_medians_and_limits() -> None:
    rng = np.random.default_rng(3)
    drawn = [draw_track(rng) for _ in range(4000)]
    widths, durations = np.array([t.face_px for t in drawn]), np.array([t.duration_s for t in drawn])
    assert np.median(widths) == pytest.approx(85, rel=0.05)
    assert np.median(durations) == pytest.approx(1.7, rel=0.05)
    assert (widths.min(), widths.max()) == (20.0, 250.0)
    assert np.log(durations).std() == pytest.approx(0.8, rel=0.05)


def test_a_glimpse_is_small_and_short() -> None:
    rng = np.random.default_rng(4)
    drawn = [draw_glimpse(rng) for _ in range(100)]
    assert all(20 <= track.face_px <= 60 and track.boxes < 10 for track in drawn)


@pytest.mark.parametrize(
    ("duration_s", "boxes"),
    [pytest.param(2.0, 50, id="25-per-second"), pytest.param(0.001, 1, id="at-least-one")],
)
def test_frames(duration_s: float, boxes: int) -> None:
    track = DrawnTrack(85.0, duration_s)
    assert track.boxes == boxes
    assert track.frames == (0, boxes - 1)
