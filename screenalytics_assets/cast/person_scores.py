"""How similar an identity is to each person of the cast, from the stored vectors nearest to its centroid.

A person's score is the highest similarity to one of the person's prototypes. Reference photos on their own do not
count: on 79 people of Labeled Faces in the Wild with five photos each, at 0.2 % of strangers named, prototypes named
98.9 % (opencv_zoo) and 99.5 % (buffalo_sc) of the people's other photos, the best of photos and prototypes 94.5 % and
96.6 %, since one wrong or odd photo of the cast draws in strangers. The mean of the two best photos did as well as
prototypes, but needs every photo.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.facebank.records import Candidate, VectorKind


@dataclass(frozen=True)
class Nearest:
    """The stored vectors nearest to an identity; seeds among them are ignored.

    Attributes:
        identity_id: the identity.
        hits: in any order.
        complete: True if there are no other prototypes; False if all others are at most as similar as the last hit.
    """

    identity_id: str
    hits: tuple[Candidate, ...]
    complete: bool


@dataclass(frozen=True)
class Score:
    """People and their similarities, best first, and the lead of the best.

    Attributes:
        people: pairs of person and similarity, by similarity, then by person.
        margin: lead over the second person; a lower bound where the second is not among the hits; None where
            there is no second.
        runner_up: the second person, None where unknown or where there is none.
    """

    people: tuple[tuple[str, float], ...]
    margin: float | None
    runner_up: str | None


def score(nearest: Nearest) -> Score:
    """Rank the people.

    Raises:
        ValueError: hits that are not all, and no prototype among them: more of them are needed.
    """
    best: dict[str, float] = {}
    for hit in nearest.hits:
        if hit.kind == "prototype":
            best[hit.person_id] = max(hit.similarity, best.get(hit.person_id, -1.0))
    people = tuple(sorted(best.items(), key=lambda item: (-item[1], item[0])))
    if not people and not nearest.complete:
        raise ValueError(f"Expected a prototype near {nearest.identity_id}, but got {len(nearest.hits)} other hits")
    if len(people) > 1:
        return Score(people, people[0][1] - people[1][1], people[1][0])
    # Whoever is not among the nearest is no nearer than the last of them.
    unseen = None if nearest.complete else people[0][1] - min(hit.similarity for hit in nearest.hits)
    return Score(people, unseen, None)


def exact_nearest(
    identity_ids: Sequence[str],
    centroids: NDArray[np.float32],
    vectors: NDArray[np.float32],
    person_ids: Sequence[str],
    kinds: Sequence[VectorKind],
) -> list[Nearest]:
    """Compare unit centroids (N, D) of `identity_ids` with all stored vectors (M, D), unit rows, of a show."""
    similarities = (centroids @ vectors.T).astype(np.float64)
    return [
        Nearest(identity_id, tuple(map(Candidate, person_ids, kinds, row)), complete=True)
        for identity_id, row in zip(identity_ids, similarities.tolist(), strict=True)
    ]
