"""The clicks that put identities right, counted from the contingency table of identities and people.

Each identity belongs to its main person, who has the most weight in it. What lies elsewhere is put right by:

- merge: one for every identity of a person beyond the first;
- split: a track of a person who is nobody's main person goes into a new identity, once a person;
- move: every other track that is not with its main person goes into an identity that exists;
- name: one for every person, as the names that identities may have are not compared.

Unusable tracks lie in no identity: each is moved, or split off where its person has no identity yet.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.evaluation_records import Clicks
from screenalytics_assets.identity_evaluation.clustering_metrics import Labels, Weights, contingency


def main_people(predicted: Labels, truth: Labels, weights: Weights) -> dict[int, int]:
    """The main person of each identity, by label; of several with the same weight the lowest label.

    All arrays (N,), N >= 1: tracks that are in an identity.
    """
    table = contingency(predicted, truth, weights)
    order = np.lexsort((table.column, -table.overlap, table.row))
    rows, first = np.unique(table.row[order], return_index=True)
    identities, people = np.unique(predicted), np.unique(truth)
    return {
        int(identities[row]): int(people[column]) for row, column in zip(rows, table.column[order][first], strict=True)
    }


def count_clicks(
    predicted: Labels, truth: Labels, weights: Weights, usable: NDArray[np.bool_], background: NDArray[np.bool_]
) -> Clicks:
    """Clicks for N tracks, all arrays (N,), at least one of them usable; `background` tracks need no name."""
    owner = main_people(predicted[usable], truth[usable], weights[usable])
    people_with_identity = set(owner.values())
    merges = len(owner) - len(people_with_identity)
    wrong = [
        int(person)
        for identity, person, in_identity in zip(predicted, truth, usable, strict=True)
        if not in_identity or owner[int(identity)] != person
    ]
    splits = len(set(wrong) - people_with_identity)
    moves = len(wrong) - splits
    names = len(np.unique(truth[~background]))
    return Clicks(merges=merges, splits=splits, moves=moves, names=names, total=merges + splits + moves + names)
