"""Looped clips: the planned number of frames, evenly spaced, ending before a keyframe."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.loop_clip import loop_clip
from screenalytics_resources.errors import UserError


@pytest.mark.parametrize(
    ("seconds", "frames"),
    [
        pytest.param(0.9, 20, id="cut short at the second keyframe"),
        pytest.param(2.0, 50, id="once"),
        pytest.param(4.0, 100, id="twice"),
        pytest.param(5.5, 130, id="twice and three groups of pictures"),
    ],
)
def test_frames_and_duration(six_people_clip: Path, tmp_path: Path, seconds: float, frames: int) -> None:
    import av

    looped = loop_clip(six_people_clip, tmp_path / "looped.mp4", seconds)
    assert (looped.frames, looped.duration_s) == (frames, pytest.approx(frames / 25))
    with av.open(str(looped.path)) as container:
        times = [float(frame.time or 0) for frame in container.decode(video=0)]
    np.testing.assert_allclose(times, np.arange(frames) / 25, atol=1e-6)


def test_no_keyframe_to_stop_at(six_people_clip: Path, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"six-people\.mp4 has no keyframe to stop at within 0\.3 s: request more seconds"
    ):
        loop_clip(six_people_clip, tmp_path / "looped.mp4", 0.3)
