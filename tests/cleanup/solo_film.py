"""Film of close-ups with errors that a cleanup fixes: one person per shot, but some shots change person without a cut.

With the appearance gate off, the tracks of these shots show two people. No two people share a frame, so only the
clustering threshold separates them.
"""

from pathlib import Path

from benchmarks.live.films import PEOPLE, write_film

SOLO_ROUNDS = 3
DISSOLVING = (("person-a", "person-d"), ("person-b", "person-g"), ("person-c", "person-e"), ("person-f", "person-e"))
"""Pairs of people: the second replaces the first in the middle of a shot."""


def shots() -> list[tuple[str, str]]:
    """Return the people at the beginning and at the end of each shot."""
    solo = [(person, person) for _ in range(SOLO_ROUNDS) for person in PEOPLE]
    every = len(solo) // len(DISSOLVING)
    for index, pair in enumerate(DISSOLVING):
        solo.insert((index + 1) * (every + 1) - 1, pair)
    return solo


def make_solo_film(path: Path) -> Path:
    """Write the film as an MP4 file and return its path."""
    return write_film(path, shots())
