"""Choice of the frames to analyse, by their timestamps."""

from dataclasses import dataclass


@dataclass
class FrameChooser:
    """Chooses each frame that is at least `stride` / `fps` seconds after the last chosen one, and the first frame.

    The tolerance is half a frame, so that timestamps with rounding errors select the same frames as exact ones. With
    stride 1 it chooses every frame.
    """

    stride: int
    fps: float
    _last_ts: float | None = None

    def chooses(self, ts: float) -> bool:
        """Return whether the frame at `ts` seconds is analysed. Call this once per frame, in order."""
        if self.stride > 1 and self._last_ts is not None and ts - self._last_ts < (self.stride - 0.5) / self.fps:
            return False
        self._last_ts = ts
        return True
