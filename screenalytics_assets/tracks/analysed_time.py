"""Seconds of a video that its analysed frames represent."""

from dataclasses import dataclass

REPRESENTS_S = 0.5
"""An analysed frame represents the time until this long after it, or as long as it is displayed. A face is on screen
longer than this in nearly every shot, and trackers lose a face that is unseen for twice this long."""


@dataclass
class AnalysedTime:
    """Sum of the time that analysed frames represent. Time that two frames represent counts once."""

    seconds: float = 0.0
    _ts: float = 0.0
    _displayed: bool = False
    """Whether the previous frame was analysed, which then represents all the time until the next frame."""
    _until: float = 0.0

    def add(self, ts: float, analysed: bool) -> None:
        """Add the next frame, which begins at `ts` seconds."""
        self._advance(ts)
        if analysed:
            self._until = ts + REPRESENTS_S
        self._displayed = analysed

    def finish(self, end: float) -> float:
        """Return the total, given that the last frame is displayed until `end` seconds."""
        self._advance(end)
        return self.seconds

    def _advance(self, ts: float) -> None:
        self.seconds += max(0.0, (ts if self._displayed else min(ts, self._until)) - self._ts)
        self._ts = max(self._ts, ts)
