"""Which other tracks of an identity show the person of some tracks that a person has picked out of it."""

import numpy as np

from screenalytics_assets.identities.compared_tracks import ComparedTracks, Rows

ROUNDS = 10


def alike(compared: ComparedTracks, members: Rows, chosen: Rows) -> Rows:
    """Return the rows of `members` that more likely show the person of `chosen` than that of the others; sorted.

    `chosen` are always among them. Each round compares every other row with both sides, until nothing changes. If the
    chosen side would become the larger one, only `chosen` are returned, because nothing tells the two people apart.
    """
    sides = np.full(len(compared.norms), -1)
    others = np.setdiff1d(members, chosen)
    sides[others], sides[chosen] = 1, 0
    for _ in range(ROUNDS):
        joined = np.array([row for row in others if _is_like_chosen(compared, sides, int(row))], np.int64)
        if len(joined) + len(chosen) >= len(members) - len(joined) - len(chosen):
            return np.sort(chosen)
        now = np.full(len(sides), -1)
        now[others], now[chosen], now[joined] = 1, 0, 0
        if np.array_equal(now, sides):
            break
        sides = now
    return np.flatnonzero(sides == 0)


def _is_like_chosen(compared: ComparedTracks, sides: Rows, row: int) -> bool:
    """Compare a row with both sides, as if it were on none."""
    without = sides.copy()
    without[row] = -1
    if not np.any(without == 1):
        return False
    like_chosen, like_others = compared.odds([np.array([row])], without, 2)[0]
    return bool(like_chosen > like_others)
