"""Evaluation of an episode's identities against its ground truth."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.evaluation_records import (
    Agreement,
    ClusteringEvaluation,
    ClusteringFigures,
    IdentityEvaluation,
    PrecisionRecall,
    TruthSummary,
)
from screenalytics_assets.contract.schemas import IdentitiesDocument, Tracks
from screenalytics_assets.contract.truth_boxes import BoxTruth
from screenalytics_assets.contract.truth_file import ShotTruth, TrackTruth, Truth, TruthFile
from screenalytics_assets.identity_evaluation.box_matching import SLACK_FRAMES
from screenalytics_assets.identity_evaluation.check_truth import check_frames, check_tracks
from screenalytics_assets.identity_evaluation.clicks import count_clicks, main_people
from screenalytics_assets.identity_evaluation.clustering_metrics import (
    b_cubed,
    f_measure,
    nmi,
    pairwise,
    weighted_purity,
)
from screenalytics_assets.identity_evaluation.coverage import evaluate_coverage
from screenalytics_assets.identity_evaluation.screen_time import evaluate_screen_time
from screenalytics_assets.identity_evaluation.shot_metrics import evaluate_shots
from screenalytics_assets.identity_evaluation.track_truth import (
    TrackLabels,
    certain_people,
    label_tracks,
    track_seconds,
)
from screenalytics_resources.errors import UserError

KINDS: dict[type[Truth], Literal["shots", "tracks", "boxes"]] = {
    ShotTruth: "shots",
    TrackTruth: "tracks",
    BoxTruth: "boxes",
}


def evaluate_identities(tracks: Tracks, identities: IdentitiesDocument, truth: TruthFile | None) -> IdentityEvaluation:
    """Compute every figure for these identities. Without a truth file the evaluation has no figures.

    Raises:
        UserError: the truth does not match the video or its tracks, or the identities belong to other tracks.
    """
    if identities.provenance.inputs.get("tracks") != tracks.digest:
        raise UserError(
            f"The identities of {tracks.ep_id} were built from tracks that have changed since: "
            f"run `screenalytics run --ep-id {tracks.ep_id}` first."
        )
    if truth is None:
        return IdentityEvaluation(ep_id=tracks.ep_id, truth=None, clustering=None, shots=None)
    fps = tracks.metrics.source_fps
    check_frames(truth, tracks.metrics.frames_decoded, fps)
    rows = [track for track in tracks.rows if not track.deleted]
    check_tracks(truth, tracks)
    content = truth.content
    people = certain_people(rows, content)
    labels = label_tracks(rows, identities.content, people, content, fps)
    # A detection stands for the frames until the next analysed one. Beyond the slack of labels it would count as wrong.
    hold = min(tracks.metrics.stride - 1, SLACK_FRAMES)
    boxes = content if isinstance(content, BoxTruth) else None
    return IdentityEvaluation(
        ep_id=tracks.ep_id,
        truth=TruthSummary(
            sha256=truth.sha256,
            kind=KINDS[type(content)],
            tracks=len(rows),
            tracks_without_truth=len(rows) - len(labels),
            seconds_without_truth=max(0.0, _rounded(track_seconds(rows, fps).sum() - labels.seconds.sum())),
        ),
        clustering=ClusteringEvaluation(
            all_people=clustering_figures(labels, boxes.people if boxes else None),
            without_background=clustering_figures(labels.only(~labels.background), boxes.cast if boxes else None),
        ),
        shots=evaluate_shots(rows, identities.content, content, fps) if isinstance(content, ShotTruth) else None,
        screen_time=evaluate_screen_time(rows, identities.content, people, boxes, fps, hold) if boxes else None,
        coverage=evaluate_coverage(rows, people, boxes, fps, hold) if boxes else None,
    )


def clustering_figures(labels: TrackLabels, people: Sequence[str] | None = None) -> ClusteringFigures:
    """Compute the figures on tracks whose person is known, by track and by second.

    `people` are all people of the truth. None if it states only those of the tracks.
    """
    reason = no_figures(labels)
    unusable = labels.only(~labels.usable)
    return ClusteringFigures(
        tracks=len(labels),
        seconds=_rounded(labels.seconds.sum()),
        unusable_tracks=len(unusable),
        unusable_seconds=_rounded(unusable.seconds.sum()),
        identities=len(np.unique(labels.identity[labels.usable])),
        people_true=len(np.unique(labels.person)) if people is None else len(people),
        by_track=None if reason else agreement(labels, np.ones(len(labels))),
        by_second=None if reason else agreement(labels, labels.seconds),
        reason=reason,
    )


def no_figures(labels: TrackLabels) -> str | None:
    """Return why these tracks have no figures; None if they have."""
    if len(labels) == 0:
        return "no track has a certain truth"
    if not labels.usable.any():
        return "no track with a certain truth is in an identity"
    return None


def agreement(labels: TrackLabels, weights: NDArray[np.float64]) -> Agreement:
    """Compute the figures with these weights (N,) of the tracks.

    Recall counts an unusable track as a cluster of its own, because its person was not brought together. Precision,
    purity and NMI leave it out, because a cluster of one track would count as a success that nothing achieved.
    """
    used = labels.usable
    within = b_cubed(labels.identity[used], labels.person[used], weights[used])
    recall = b_cubed(labels.predicted, labels.person, weights)[1]
    owners = main_people(labels.identity[used], labels.person[used], weights[used])
    return Agreement(
        b_cubed=_figures(within[0], recall),
        b_cubed_in_identities=_figures(*within[:2]),
        pairwise=_figures(*pairwise(labels.predicted, labels.person, weights)[:2]),
        purity=_rounded(weighted_purity(labels.identity[used], labels.person[used], weights[used])),
        nmi=_rounded(nmi(labels.identity[used], labels.person[used], weights[used])),
        people_found=len(set(owners.values()) - labels.not_faces),
        clicks=count_clicks(labels.identity, labels.person, weights, used, labels.background),
    )


def _figures(precision: float, recall: float) -> PrecisionRecall:
    return PrecisionRecall(
        precision=_rounded(precision), recall=_rounded(recall), f=_rounded(f_measure(precision, recall))
    )


def _rounded(value: float) -> float:
    """Round to six decimals. Further decimals depend on the order of summation."""
    return round(float(value), 6)
