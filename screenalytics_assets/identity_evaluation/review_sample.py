"""The review sheet: identities drawn at random, with one row per track in which a reviewer enters a name.

Identities are drawn with replacement, with probabilities proportional to their numbers of tracks. A sheet is a CSV
file. The seed is fixed, so the same identities and number of draws give the same sheet.
"""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.schemas import Track
from screenalytics_resources.errors import UserError

SEED = 20240
MIN_DRAWS = 2
"""One draw has no spread and so no standard error."""
COLUMNS = ("track_id", "identity_id", "draws", "first_ts", "last_ts", "crop", "evidence", "person")
CANNOT_TELL = "?"


@dataclass(frozen=True)
class Reviewed:
    """One drawn identity: the number of times it was drawn, and the person of each of its tracks."""

    identity_id: str
    draws: int
    people: tuple[str, ...]


def draw_identities(identities: Identities, draws: int) -> dict[str, int]:
    """Draw identities. Returns the number of times each was drawn, in the order of the identities.

    Raises:
        UserError: fewer than two draws are requested, or the episode has no identities.
    """
    if draws < MIN_DRAWS:
        raise UserError(f"--sample {draws} is too few for a standard error: draw at least {MIN_DRAWS}, preferably 30.")
    if not identities.identities:
        raise UserError(f"Episode {identities.ep_id} has no identities, so there is nothing to review.")
    sizes = np.array([len(identity.track_ids) for identity in identities.identities])
    drawn = Counter(np.random.default_rng(SEED).choice(len(sizes), draws, p=sizes / sizes.sum()).tolist())
    return {identities.identities[index].identity_id: drawn[index] for index in sorted(drawn)}


def review_sheet(identities: Identities, tracks: Sequence[Track], draws: int, player_offset_s: float = 0.0) -> str:
    """Return the sheet as CSV with `person` empty. `crop` is a path below the data root; empty if there is no crop.

    Within an identity the least certain tracks come first, with the `evidence` for their membership. Times are those of
    a player; see `EpisodeVideo.player_offset_s`.
    """
    drawn = draw_identities(identities, draws)
    by_id = {track.track_id: track for track in tracks}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for identity in identities.identities:
        if identity.identity_id in drawn:
            members = {member.track_id: member for member in identity.members or ()}
            for name in sorted(identity.track_ids, key=lambda track: members[track].confidence if members else 1.0):
                track = by_id[name]
                evidence = members[name].evidence if members else ""
                span = tuple(f"{ts + player_offset_s:.2f}" for ts in (track.first_ts, track.last_ts))
                crop = _crop(identities.ep_id, track)
                writer.writerow((name, identity.identity_id, drawn[identity.identity_id], *span, crop, evidence, ""))
    return text.getvalue()


def read_review(text: str, identities: Identities, name: str) -> list[Reviewed]:
    """Read the reviewed sheet `name` and check it against the identities that it was drawn from.

    Raises:
        UserError: not a review sheet, draws that are not numbers, an empty person, or identities changed since.
    """
    rows = list(csv.DictReader(io.StringIO(text)))
    missing = [column for column in ("track_id", "identity_id", "draws", "person") if rows and column not in rows[0]]
    if not rows or missing:
        problem = f"no column {', '.join(missing)}" if missing else "no rows"
        raise UserError(f"{name} is not a review sheet ({problem}): draw one with --sample N.")
    tracks = {identity.identity_id: identity.track_ids for identity in identities.identities}
    sheet: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        if not (row["person"] or "").strip():
            raise UserError(
                f"{name} has no person for {row['track_id']}: enter a name, or {CANNOT_TELL} if you cannot tell."
            )
        sheet.setdefault(row["identity_id"], []).append(row)
    reviewed = [_reviewed(identity_id, group, tracks, name) for identity_id, group in sheet.items()]
    if sum(identity.draws for identity in reviewed) < MIN_DRAWS:
        raise UserError(f"{name} holds fewer than {MIN_DRAWS} draws: draw a new sheet with --sample N.")
    return reviewed


def _reviewed(
    identity_id: str, rows: Sequence[Mapping[str, str]], tracks: Mapping[str, Sequence[str]], name: str
) -> Reviewed:
    if sorted(row["track_id"] for row in rows) != sorted(tracks.get(identity_id, ())):
        raise UserError(
            f"{name} does not hold the current tracks of {identity_id}: rows are missing, or the identities have "
            f"changed since; draw a new sheet with --sample N."
        )
    draws = {row["draws"] for row in rows}
    if len(draws) != 1 or not min(draws).isdecimal() or int(min(draws)) < 1:
        raise UserError(f"{name} has {', '.join(sorted(draws))} as draws of {identity_id}: restore that column.")
    people = [row["person"].strip() for row in rows]
    unique = [f"{person} {row['track_id']}" for person, row in zip(people, rows, strict=True)]
    names = tuple(own if person == CANNOT_TELL else person for person, own in zip(people, unique, strict=True))
    return Reviewed(identity_id, int(draws.pop()), names)


def _crop(ep_id: str, track: Track) -> str:
    best = max(track.crops, key=lambda crop: crop.det_score, default=None)
    return f"frames/{ep_id}/{best.crop_key}" if best else ""
