"""Similarity of an identity to each person of the cast, from the stored vectors nearest to its centroid.

A person's score is the highest similarity to one of the person's prototypes. Single reference photos are ignored. This
was measured on 79 people of Labeled Faces in the Wild with five photos each, at 0.2 % of strangers named. Prototypes
named 98.9 % (opencv_zoo) and 99.5 % (buffalo_sc) of the people's other photos. The best of photos and prototypes named
only 94.5 % and 96.6 %, because one wrong or odd photo of the cast attracts strangers. The mean of the two best photos
did as well as prototypes, but it needs every photo.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.facebank.records import Candidate, VectorKind


@dataclass(frozen=True)
class Nearest:
    """Stored vectors nearest to an identity. `score` ignores the seeds among them.

    Attributes:
        identity_id: the identity.
        hits: the vectors, in any order.
        complete: True if there are no other prototypes. False if all others are at most as similar as the last hit.
    """

    identity_id: str
    hits: tuple[Candidate, ...]
    complete: bool


@dataclass(frozen=True)
class Score:
    """Ranking of people by similarity, and the lead of the best one.

    Attributes:
        people: pairs of person and similarity, best first, then by person.
        margin: lead over the second person; a lower bound if the second person is not among the hits; None if there is
            no second person.
        runner_up: the second person; None if unknown or if there is none.
    """

    people: tuple[tuple[str, float], ...]
    margin: float | None
    runner_up: str | None


def score(nearest: Nearest, refused: Collection[str] = ()) -> Score:
    """Rank the people, without those that a person refused for this identity.

    Raises:
        ValueError: the hits are incomplete and contain no prototype, so more hits are needed.
    """
    best: dict[str, float] = {}
    for hit in nearest.hits:
        if hit.kind == "prototype":
            best[hit.person_id] = max(hit.similarity, best.get(hit.person_id, -1.0))
    people = tuple(sorted(best.items(), key=lambda item: (-item[1], item[0])))
    if not people and not nearest.complete:
        raise ValueError(f"Expected a prototype near {nearest.identity_id}, but got {len(nearest.hits)} other hits")
    people = tuple(pair for pair in people if pair[0] not in refused)
    if not people:
        return Score((), None, None)
    if len(people) > 1:
        return Score(people, people[0][1] - people[1][1], people[1][0])
    # A person without a hit is at most as similar as the last hit.
    least_margin = None if nearest.complete else people[0][1] - min(hit.similarity for hit in nearest.hits)
    return Score(people, least_margin, None)


def exact_nearest(
    identity_ids: Sequence[str],
    centroids: NDArray[np.float32],
    vectors: NDArray[np.float32],
    person_ids: Sequence[str],
    kinds: Sequence[VectorKind],
) -> list[Nearest]:
    """Compare the unit centroids (N, D) of `identity_ids` with all stored vectors (M, D), unit rows, of a show."""
    similarities = (centroids @ vectors.T).astype(np.float64)
    return [
        Nearest(identity_id, tuple(map(Candidate, person_ids, kinds, row)), complete=True)
        for identity_id, row in zip(identity_ids, similarities.tolist(), strict=True)
    ]
