"""Figures of a clustering of one episode. People of the background and tracks without a known person do not count."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.television.labelled_episode import LabelledEpisode, Labels
from screenalytics_assets.contract.truth_file import BACKGROUND, ShotTruth
from screenalytics_assets.identity_evaluation.clustering_metrics import b_cubed, f_measure
from screenalytics_assets.identity_evaluation.evaluate_identities import agreement, no_figures
from screenalytics_assets.identity_evaluation.shot_metrics import (
    assign,
    pair_figures,
    presence_in_shots,
    sum_by_identity,
)
from screenalytics_assets.identity_evaluation.track_truth import (
    TrackLabels,
    is_seen_in,
    overlap_frames,
    track_seconds,
)


@dataclass(frozen=True)
class Figures:
    """B-cubed F is None without a track of a known person in a cluster, shots F without a truth by shots.

    `clicks` correct all errors and name the people; `clicks_beyond_names` are those without the names.
    """

    tracks: int
    unassigned: int
    clusters: int
    people_true: int
    people_found: int
    b_cubed_f: float | None
    b_cubed_f_by_second: float | None
    shot_f: float | None
    clicks: int | None
    clicks_beyond_names: int | None


def figures(episode: LabelledEpisode, labels: Labels) -> Figures:
    """Compute the figures of `labels` (N,)."""
    compared = track_labels(episode, labels)
    by_track = None if no_figures(compared) else agreement(compared, np.ones(len(compared)))
    by_second = None if no_figures(compared) else agreement(compared, compared.seconds)
    return Figures(
        tracks=len(compared),
        unassigned=int((compared.identity < 0).sum()),
        clusters=len(np.unique(labels[labels >= 0])),
        people_true=len(np.unique(compared.person)),
        people_found=by_track.people_found if by_track else 0,
        b_cubed_f=by_track.b_cubed.f if by_track else None,
        b_cubed_f_by_second=by_second.b_cubed.f if by_second else None,
        shot_f=shot_f(episode, labels) if episode.shots else None,
        clicks=by_track.clicks.total if by_track else None,
        clicks_beyond_names=by_track.clicks.total - by_track.clicks.names if by_track else None,
    )


def b_cubed_f(episode: LabelledEpisode, labels: Labels) -> float:
    """Return B-cubed F by track, as `figures` does; 0 if no track of a known person is in a cluster."""
    compared = track_labels(episode, labels)
    if no_figures(compared):
        return 0.0
    used = compared.usable
    precision = b_cubed(compared.identity[used], compared.person[used])[0]
    return f_measure(precision, b_cubed(compared.predicted, compared.person)[1])


def track_labels(episode: LabelledEpisode, labels: Labels) -> TrackLabels:
    """Return `labels` (N,) next to the truth, of the tracks that count."""
    counted = np.array([_counts(episode, track.track_id) for track in episode.tracks], np.bool_)
    rows = [track for track, counts in zip(episode.tracks, counted, strict=True) if counts]
    names = np.array([episode.people[track.track_id] for track in rows], str)
    return TrackLabels(
        identity=labels[counted],
        person=np.unique(names, return_inverse=True)[1].astype(np.int64),
        seconds=track_seconds(rows, episode.fps),
        background=np.zeros(len(rows), np.bool_),
    )


def shot_f(episode: LabelledEpisode, labels: Labels) -> float | None:
    """Return F of who is in which shot, without background."""
    if episode.shots is None:
        return None
    shots = episode.shots.shots
    clusters = np.unique(labels[labels >= 0])
    identity = np.where(labels < 0, -1, np.searchsorted(clusters, labels))
    shared = sum_by_identity(overlap_frames(episode.tracks, shots), identity, len(clusters))
    seen = sum_by_identity(is_seen_in(episode.tracks, shots).astype(np.int64), identity, len(clusters)) > 0
    return shot_f_of(episode.shots, shared, seen)


def shot_f_of(truth: ShotTruth, shared: NDArray[np.int64], seen: NDArray[np.bool_]) -> float | None:
    """Return F of clusters that share `shared` (K, S) frames with the shots and count as `seen` (K, S) in them."""
    people = truth.people
    named = np.array([[person in shot.people for person in people] for shot in truth.shots], np.bool_)
    named = named.reshape(len(truth.shots), len(people))
    background = np.array([BACKGROUND in shot.people for shot in truth.shots])
    presence = presence_in_shots(seen, named, background, assign(shared @ named))
    found = pair_figures(presence, np.ones(len(truth.shots)), with_background=False)
    return found.f if found else None


def _counts(episode: LabelledEpisode, track_id: str) -> bool:
    return track_id in episode.people and episode.people[track_id] not in episode.background
