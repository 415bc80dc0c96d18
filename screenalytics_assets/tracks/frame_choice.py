"""Frame rate of a video and density of the frames to analyse.

A rate that a container states can be wrong by orders of magnitude: raw DV states 60000 frames per second, and Matroska
the inverse of its default duration. So the true rate is measured. `FrameSource` chooses the frames by time.
"""

from collections.abc import Sequence

import numpy as np

from screenalytics_resources.video.frames import effective_stride

FILM_FPS = 24.0
"""A stride counts frames of film. Slower video is analysed as densely in time as film, at most every frame."""
SAME_RATE = 0.1
"""A stated rate is used if it differs from the measured one by at most this fraction: timestamps in whole milliseconds
are off by up to 4 % of a frame at 240 frames per second."""
_MIN_STEPS = 2


def true_fps(stated: float, timestamps: Sequence[float]) -> float:
    """Return the frame rate of a video: `stated` if it agrees with the timestamps, otherwise the measured rate.

    `timestamps` are those of consecutive frames in seconds, in any order. The measured rate is the inverse of the mean
    of the steps within a factor of 0.5 to 1.5 of the median step, so that gaps and duplicates have no effect.
    """
    steps = np.diff(np.sort(np.asarray(timestamps, np.float64)))
    steps = steps[steps > 0]
    if len(steps) < _MIN_STEPS:
        return stated
    median = float(np.median(steps))
    measured = 1 / float(steps[(steps >= 0.5 * median) & (steps <= 1.5 * median)].mean())
    return stated if abs(stated - measured) <= SAME_RATE * measured else measured


def analysis_stride(stride: int, fps: float, analysis_fps_max: float | None) -> int:
    """Return the number of frames from one analysed frame to the next in video of constant rate `fps`.

    Below `FILM_FPS` it is `stride` reduced in proportion to the rate, and at least 1.
    """
    return effective_stride(max(1, round(stride * min(1.0, fps / FILM_FPS))), fps, analysis_fps_max)
