"""People and seconds on screen that no track caught, from labelled boxes.

A detector that misses faces has fewer tracks to confuse. These figures show what it missed.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from screenalytics_assets.contract.evaluation_records import Coverage, CoverageFigures, PersonCoverage
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.identity_evaluation.box_matching import BoxPath, covered_frames, path_of_run, path_of_track
from screenalytics_assets.identity_evaluation.frame_mask import mask_of_spans
from screenalytics_assets.identity_evaluation.track_truth import track_seconds


def evaluate_coverage(
    tracks: Sequence[Track], people: Mapping[str, str], truth: BoxTruth, fps: float, hold: int
) -> Coverage:
    """Compare the labelled boxes with all tracks, unusable ones included. `people` gives the true person by track."""
    paths = [path_of_track(track) for track in tracks]
    by_person = [
        _of_person(name, [path_of_run(run) for run in truth.boxes if run.person == name], paths, fps, hold)
        for name in truth.people
    ]
    no_face = [track for track in tracks if people.get(track.track_id) in truth.not_faces]
    return Coverage(
        all_people=_summed(by_person),
        without_background=_summed([row for row in by_person if row.person in truth.cast]),
        by_person=tuple(by_person),
        not_face_tracks=len(no_face),
        not_face_seconds=round(float(track_seconds(no_face, fps).sum()), 6),
    )


def labelled_and_missed(runs: Sequence[BoxPath], tracks: Sequence[BoxPath], hold: int) -> tuple[int, int]:
    """Count the frames within the runs of one person, and those of them in which no track covers any run."""
    labelled = mask_of_spans([(run.first, run.last) for run in runs], max(run.last for run in runs) + 1)
    covered = np.zeros_like(labelled)
    for run in runs:
        covered[run.first : run.last + 1] |= covered_frames(run, tracks, hold)
    return int(labelled.sum()), int((labelled & ~covered).sum())


def _of_person(name: str, runs: Sequence[BoxPath], tracks: Sequence[BoxPath], fps: float, hold: int) -> PersonCoverage:
    labelled, missed = labelled_and_missed(runs, tracks, hold)
    return PersonCoverage(
        person=name,
        seconds=round(labelled / fps, 6),
        missed_seconds=round(missed / fps, 6),
        never_caught=missed == labelled,
    )


def _summed(rows: Collection[PersonCoverage]) -> CoverageFigures:
    return CoverageFigures(
        people=len(rows),
        people_never_caught=sum(row.never_caught for row in rows),
        seconds=round(sum(row.seconds for row in rows), 6),
        missed_seconds=round(sum(row.missed_seconds for row in rows), 6),
    )
