"""Tracks compared with labelled runs of boxes: whose face a track shows, and which labelled frames tracks cover."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.truth_boxes import UNKNOWN, BoxTruth, TruthRun

MIN_IOU = 0.3
"""Overlap of a track's box with a labelled box, as intersection over union, from which both show the same face."""
SLACK_FRAMES = 6
"""Frames for which the first and the last box of a run also hold before and after it: people label every few frames."""
MIN_SHARE = 0.34
"""Least share of a track's boxes that match its person. Below it the labels do not say whose face the track shows."""
NO_RUN = -1

Frames = NDArray[np.int64]


@dataclass(frozen=True)
class BoxPath:
    """Boxes (N, 4), N >= 1, at increasing frames (N,). Boxes between two of them are filled in linearly."""

    frames: Frames
    boxes: NDArray[np.float64]

    @property
    def first(self) -> int:
        return int(self.frames[0])

    @property
    def last(self) -> int:
        return int(self.frames[-1])

    @property
    def all_frames(self) -> Frames:
        """Every frame from the first to the last."""
        return np.arange(self.first, self.last + 1, dtype=np.int64)

    def at(self, frames: Frames) -> NDArray[np.float64]:
        """Return the boxes (F, 4) at these frames (F,). Outside the path they are its first or its last box."""
        return np.stack([np.interp(frames, self.frames, column) for column in self.boxes.T], axis=1)


def path_of_run(run: TruthRun) -> BoxPath:
    table = np.array(run.boxes, np.float64)
    return BoxPath(table[:, 0].astype(np.int64), table[:, 1:])


def path_of_track(track: Track) -> BoxPath:
    """Return the stored boxes of a track, and those of its crops at frames without a stored box."""
    boxes = {crop.frame: crop.bbox for crop in track.crops} | {box.frame: box.bbox for box in track.boxes}
    frames = sorted(boxes)
    return BoxPath(np.array(frames, np.int64), np.array([boxes[frame] for frame in frames], np.float64))


def iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intersection over union (N,) of the boxes `a` (N, 4) with the boxes `b` (N, 4)."""
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    shared = np.prod(np.maximum(sides, 0.0), axis=1)
    areas = np.prod(a[:, 2:] - a[:, :2], axis=1) + np.prod(b[:, 2:] - b[:, :2], axis=1)
    overlaps: NDArray[np.float64] = shared / (areas - shared)
    return overlaps


def best_runs(track: BoxPath, runs: Sequence[BoxPath]) -> NDArray[np.int64]:
    """Return the run (N,) that overlaps each box of the track most, `NO_RUN` if none reaches `MIN_IOU`.

    Frames within a run go before the slack of another run: after a cut another face may be in the same place. The
    earlier run in the list wins a tie.
    """
    best = np.full(len(track.frames), NO_RUN, np.int64)
    most = np.zeros(len(track.frames))
    for index, run in enumerate(runs):
        first, last = run.first - SLACK_FRAMES, run.last + SLACK_FRAMES
        if first > track.last or last < track.first:
            continue
        overlap = iou(track.boxes, run.at(track.frames))
        holds = (track.frames >= first) & (track.frames <= last) & (overlap >= MIN_IOU)
        # No overlap exceeds 1, so adding 1 ranks every labelled frame above all slack.
        rank = overlap + ((track.frames >= run.first) & (track.frames <= run.last))
        better = holds & (rank > most)
        best[better], most[better] = index, rank[better]
    return best


def person_of_path(track: BoxPath, runs: Sequence[BoxPath], people: Sequence[str]) -> str | None:
    """Return the person of the runs that most boxes of the track match; `people` are those of the runs.

    None if that is less than `MIN_SHARE` of the boxes, or if the person is unknown. The person who is matched first
    wins a tie.
    """
    votes = Counter(people[run] for run in best_runs(track, runs) if run != NO_RUN)
    if not votes:
        return None
    person, count = votes.most_common(1)[0]
    return person if person != UNKNOWN and count >= MIN_SHARE * len(track.frames) else None


def people_by_boxes(tracks: Sequence[Track], truth: BoxTruth) -> dict[str, str]:
    """Return the true person by track, or the name of what is no face. Tracks that no label determines are left out."""
    runs, people = [path_of_run(run) for run in truth.boxes], [run.person for run in truth.boxes]
    found = {track.track_id: person_of_path(path_of_track(track), runs, people) for track in tracks}
    return {track_id: person for track_id, person in found.items() if person is not None}


def covered_frames(run: BoxPath, tracks: Sequence[BoxPath], hold: int) -> NDArray[np.bool_]:
    """Return for every frame of a run whether any track's box overlaps the labelled box by at least `MIN_IOU`.

    The last box of a track holds for `hold` more frames: those until the next frame that would have been analysed.
    """
    frames = run.all_frames
    covered = np.zeros(len(frames), np.bool_)
    for track in tracks:
        begin, end = max(track.first - run.first, 0), min(track.last + hold - run.first + 1, len(frames))
        if begin < end:
            part = frames[begin:end]
            covered[begin:end] |= iou(track.at(part), run.at(part)) >= MIN_IOU
    return covered
