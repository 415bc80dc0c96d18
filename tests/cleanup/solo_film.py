"""A film of close-ups, one person a shot, some of which change person without a cut: made for cleanup to mend.

With the appearance gate off, the tracks of the dissolving shots show two people; and as nobody shares a frame with
anybody, nothing but the threshold keeps people apart.
"""

from pathlib import Path

from benchmarks.live.films import PEOPLE, write_film

SOLO_ROUNDS = 3
DISSOLVING = (("person-a", "person-d"), ("person-b", "person-g"), ("person-c", "person-e"), ("person-f", "person-e"))
"""Pairs of people of whom the second takes the first one's place in the middle of a shot."""


def shots() -> list[tuple[str, str]]:
    """The people at the beginning and at the end of each shot."""
    solo = [(person, person) for _ in range(SOLO_ROUNDS) for person in PEOPLE]
    every = len(solo) // len(DISSOLVING)
    for index, pair in enumerate(DISSOLVING):
        solo.insert((index + 1) * (every + 1) - 1, pair)
    return solo


def make_solo_film(path: Path) -> Path:
    """Write the film as an MP4 file and return its path."""
    return write_film(path, shots())
