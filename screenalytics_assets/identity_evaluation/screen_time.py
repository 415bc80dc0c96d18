"""Who is on screen in which second, from labelled boxes: identities compared with the frames of each person.

Each identity belongs to its main person, who has the most seconds in it. Of several identities of one person, the one
on screen in most of the person's frames counts as the person. The others are wrong wherever they are on screen, as in
the figures by shot.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.contract.evaluation_records import PrecisionRecall, ScreenTimeEvaluation, ScreenTimeFigures
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.identity_evaluation.box_matching import SLACK_FRAMES
from screenalytics_assets.identity_evaluation.clicks import main_people
from screenalytics_assets.identity_evaluation.clustering_metrics import f_measure
from screenalytics_assets.identity_evaluation.frame_mask import Mask, mask_of_spans
from screenalytics_assets.identity_evaluation.track_truth import identity_numbers, track_seconds

Span = tuple[int, int]


@dataclass(frozen=True)
class FrameCounts:
    """Frames in which a person is on screen (`true`), is found (`found`), and both (`right`)."""

    true: int
    found: int
    right: int


def evaluate_screen_time(
    tracks: Sequence[Track],
    identities: Identities,
    people: Mapping[str, str],
    truth: BoxTruth,
    fps: float,
    hold: int,
) -> ScreenTimeEvaluation:
    """Compute figures over seconds, with and without background. `people` gives the true person by track.

    Only tracks with a known person count. The last box of a track holds for `hold` more frames.
    """
    known = [track for track in tracks if track.track_id in people]
    spans = [(track.first_frame, track.last_frame + hold) for track in known]
    numbers = identity_numbers(known, identities)
    owners = _owners(known, identities, people, fps)
    length = max([run.last_frame + SLACK_FRAMES for run in truth.boxes] + [last for _, last in spans]) + 1
    found = {
        identity: mask_of_spans((spans[i] for i in np.flatnonzero(numbers == identity)), length) for identity in owners
    }
    counts = {}
    for person in {*truth.people, *owners.values()}:
        runs = [(run.first_frame, run.last_frame) for run in truth.boxes if run.person == person]
        seen = [found[identity] for identity, owner in owners.items() if owner == person]
        counts[person] = count_no_face(seen) if person in truth.not_faces else count_frames(runs, seen, length)
    return ScreenTimeEvaluation(
        all_people=_figures(counts.values(), fps),
        without_background=_figures([c for name, c in counts.items() if name not in truth.outside_cast], fps),
    )


def count_frames(runs: Sequence[Span], identities: Sequence[Mask], length: int) -> FrameCounts:
    """Count the frames of one person with labelled `runs`, whose identities are on screen in the given masks.

    Labels hold for `SLACK_FRAMES` beyond a run, so frames there are neither right nor wrong for the person's identity.
    """
    true = mask_of_spans(runs, length)
    if not identities:
        return FrameCounts(int(true.sum()), 0, 0)
    margin = mask_of_spans([(first - SLACK_FRAMES, last + SLACK_FRAMES) for first, last in runs], length) & ~true
    right = [int((mask & true).sum()) for mask in identities]
    best = int(np.argmax(right))
    others = sum(int(mask.sum()) for index, mask in enumerate(identities) if index != best)
    return FrameCounts(int(true.sum()), int((identities[best] & ~margin).sum()) + others, right[best])


def count_no_face(identities: Sequence[Mask]) -> FrameCounts:
    """Count the frames of identities that mainly show something that is no face: all are wrong."""
    return FrameCounts(0, sum(int(mask.sum()) for mask in identities), 0)


def _owners(known: Sequence[Track], identities: Identities, people: Mapping[str, str], fps: float) -> dict[int, str]:
    """Return the main person of each identity, by its number."""
    numbers = identity_numbers(known, identities)
    used = numbers >= 0
    if not used.any():
        return {}
    names, persons = np.unique([people[track.track_id] for track in known], return_inverse=True)
    owners = main_people(numbers[used], persons[used], track_seconds(known, fps)[used])
    return {identity: str(names[person]) for identity, person in owners.items()}


def _figures(counts: Collection[FrameCounts], fps: float) -> ScreenTimeFigures:
    true, found, right = (sum(getattr(c, name) for c in counts) for name in ("true", "found", "right"))
    reason = None
    if not true or not found:
        reason = "no person is labelled" if not true else "no labelled person has an identity"
    precision, recall = (0.0, 0.0) if reason else (right / found, right / true)
    return ScreenTimeFigures(
        by_second=None
        if reason
        else PrecisionRecall(
            precision=round(precision, 6), recall=round(recall, 6), f=round(f_measure(precision, recall), 6)
        ),
        seconds_true=round(true / fps, 6),
        seconds_found=round(found / fps, 6),
        seconds_right=round(right / fps, 6),
        reason=reason,
    )
