"""Who is in which shot: identities compared with a truth file that states who each shot shows.

Each identity is assigned at most one person and each person at most one identity, such that they share the most
frames in total (the Hungarian method). Then pairs of a shot and a person are compared. An identity without a person
counts as background in a shot that has background according to the truth file, and as wrong in any other shot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.evaluation_records import PrecisionRecall, ShotEvaluation, ShotFigures
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Track
from screenalytics_assets.contract.truth_file import BACKGROUND, ShotTruth
from screenalytics_assets.identity_evaluation.clustering_metrics import f_measure
from screenalytics_assets.identity_evaluation.track_truth import identity_numbers, is_seen_in, overlap_frames


@dataclass(frozen=True)
class Presence:
    """True and predicted people of S shots.

    `named` and `found` (S, P) are the true and predicted cast. `background` (S,) marks shots with background in the
    truth file. `others` (S,) counts the identities without a person that are seen in each shot.
    """

    named: NDArray[np.bool_]
    found: NDArray[np.bool_]
    background: NDArray[np.bool_]
    others: NDArray[np.int64]


def evaluate_shots(tracks: Sequence[Track], identities: Identities, truth: ShotTruth, fps: float) -> ShotEvaluation:
    """Compute figures over pairs of a shot and a person, with and without the background pairs."""
    in_identity = identity_numbers(tracks, identities)
    count = len(identities.identities)
    people = truth.people
    named = np.array([[person in shot.people for person in people] for shot in truth.shots], np.bool_)
    named = named.reshape(len(truth.shots), len(people))
    frames = sum_by_identity(overlap_frames(tracks, truth.shots), in_identity, count)
    seen = sum_by_identity(is_seen_in(tracks, truth.shots).astype(np.int64), in_identity, count) > 0
    assigned = assign(frames @ named)
    presence = presence_in_shots(seen, named, np.array([BACKGROUND in shot.people for shot in truth.shots]), assigned)
    seconds = np.array([(shot.last_frame - shot.first_frame + 1) / fps for shot in truth.shots])
    return ShotEvaluation(
        shots=len(truth.shots),
        people_true=len(people),
        people_found=len(assigned),
        assignment={identities.identities[i].identity_id: people[p] for i, p in assigned.items()},
        all_people=_figures(presence, seconds, with_background=True),
        without_background=_figures(presence, seconds, with_background=False),
    )


def sum_by_identity(values: NDArray[np.int64], in_identity: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Sum the rows of `values` (T, S) by identity, giving (I, S). Tracks in no identity are left out."""
    sums = np.zeros((count, values.shape[1]), np.int64)
    usable = in_identity >= 0
    np.add.at(sums, in_identity[usable], values[usable])
    return sums


def assign(shared: NDArray[np.int64]) -> dict[int, int]:
    """Assign at most one person to each identity and vice versa, maximising the sum of shared frames `shared` (I, P).

    Pairs that share no frame are left out.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(shared, maximize=True)
    return {int(i): int(p) for i, p in zip(rows, columns, strict=True) if shared[i, p] > 0}


def presence_in_shots(
    seen: NDArray[np.bool_], named: NDArray[np.bool_], background: NDArray[np.bool_], assigned: dict[int, int]
) -> Presence:
    """Map the identities seen in each shot, `seen` (I, S), to people; `named` (S, P) and `background` (S,) are true."""
    found = np.zeros_like(named)
    for identity, person in assigned.items():
        found[:, person] = seen[identity]
    others = [identity for identity in range(len(seen)) if identity not in assigned]
    return Presence(named, found, background, seen[others].sum(axis=0, dtype=np.int64))


def pair_figures(presence: Presence, weights: NDArray[np.float64], with_background: bool) -> PrecisionRecall | None:
    """Compute precision, recall and F over pairs of a shot and a person, weighted by shot: `weights` (S,).

    None if no pair is found or no pair is true.
    """
    right = float(weights @ (presence.found & presence.named).sum(axis=1))
    wrong = float(weights @ (presence.found & ~presence.named).sum(axis=1))
    wrong += float(weights @ (presence.others * ~presence.background))
    true = float(weights @ presence.named.sum(axis=1))
    if with_background:
        right += float(weights @ (presence.background & (presence.others > 0)))
        true += float(weights @ presence.background)
    if right + wrong == 0 or true == 0:
        return None
    precision, recall = right / (right + wrong), right / true
    return PrecisionRecall(
        precision=round(precision, 6), recall=round(recall, 6), f=round(f_measure(precision, recall), 6)
    )


def _figures(presence: Presence, seconds: NDArray[np.float64], with_background: bool) -> ShotFigures:
    by_shot = pair_figures(presence, np.ones(len(seconds)), with_background)
    return ShotFigures(
        by_shot=by_shot,
        by_second=pair_figures(presence, seconds, with_background),
        reason=None if by_shot else "no identity is seen in a shot of the truth, or the truth names no person",
    )
