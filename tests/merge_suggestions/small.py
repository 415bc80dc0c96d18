"""A small compared episode whose tracks point in chosen directions."""

from collections.abc import Sequence

import numpy as np

from screenalytics_assets.clustering.constraints import no_pairs
from screenalytics_assets.contract.cast_records import CastAssignment, CastAssignments, CastCandidate
from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.merge_suggestions.compared_episode import ComparedEpisode
from screenalytics_resources.inference.packs import Evidence
from tests.tiny_episode import EP_ID, FPS, make_identity, make_track, unit

MIN_SCORE = 0.75
NORM = 20.0
BOUNDS = Thresholds(0.4, 0.2, 0.4, 0.6, 0.1, 10.0, 14.0, Evidence(face_odds=20.0, prior_odds=-2.0))


def compared(
    labels: Sequence[int],
    directions: Sequence[tuple[float, ...]],
    sharing: Sequence[tuple[int, int]] = (),
    scores: Sequence[float] = (),
    norms: Sequence[float] = (),
) -> ComparedEpisode:
    """Row 0 is track 1, and label 0 is identity 1. Each track lasts 10 s, one after the other."""
    tracks = [
        make_track(number, (number * 100, number * 100 + 50), mean_score=scores[number - 1] if scores else 0.9)
        for number in range(1, len(labels) + 1)
    ]
    vectors = np.stack([unit(*direction, dim=16) for direction in directions])
    identities = [
        make_identity(label + 1, [row + 1 for row, own in enumerate(labels) if own == label], 10.0)
        for label in range(max(labels, default=-1) + 1)
    ]
    best = np.array(norms or [NORM] * len(labels), np.float64)
    pairs = np.array(sharing, np.int64).reshape(-1, 2) if sharing else no_pairs()
    faces = ComparedTracks(vectors, best, BOUNDS, pairs)
    return ComparedEpisode(identities, tracks, np.array(labels, np.int64), faces, 1 / FPS)


def assignments(*rows: CastAssignment) -> CastAssignments:
    """Make the assignments of a show whose cast are Ann and Bob."""
    return CastAssignments(
        ep_id=EP_ID,
        show="tiny",
        cast_size=2,
        model_pack="plain",
        cast_sim=0.6,
        cast_margin=0.1,
        cast_review_sim=0.3,
        assigned=0,
        needs_review=0,
        unknown=0,
        lost_names=(),
        assignments=rows,
    )


def assignment(identity: int, status: str, person: str | None = None, **candidates: float) -> CastAssignment:
    """Make an assignment; `candidates` are similarities by person."""
    return CastAssignment(
        identity_id=f"identity-{identity:05d}",
        status=status,  # type: ignore[arg-type]
        person_id=person,
        name=person,
        assigned_by="machine" if person else None,
        similarity=max(candidates.values(), default=None),
        margin=None,
        candidates=tuple(
            CastCandidate(person_id=name, name=name, similarity=value)
            for name, value in sorted(candidates.items(), key=lambda item: -item[1])
        ),
        reason="",
    )
