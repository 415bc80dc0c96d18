"""Clicks that correct all errors in the identities, counted from the contingency table of identities and people.

Each identity belongs to its main person, who has the most weight in it. The clicks are:

- merge: one per identity of a person beyond the first;
- split: one per person who is the main person of no identity; one of the person's tracks moves to a new identity;
- move: one per other track outside the identities of its person; the track moves to an existing identity;
- name: one per person, because the names that identities may have are not compared.

Unusable tracks are in no identity. Each is moved, or split off if its person has no identity yet.
"""

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.contract.evaluation_records import Clicks
from screenalytics_assets.identity_evaluation.clustering_metrics import Labels, Weights, contingency


def main_people(predicted: Labels, truth: Labels, weights: Weights) -> dict[int, int]:
    """Return the main person of each identity, by label. The lowest label wins a tie.

    All arrays have shape (N,), N >= 1, and hold tracks that are in an identity.
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
    """Count the clicks for N tracks. All arrays (N,); at least one track is usable. `background` needs no name."""
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
