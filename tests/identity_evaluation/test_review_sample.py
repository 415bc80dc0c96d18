"""The review sheet: drawing it and reading it back."""

import csv
import io
from collections.abc import Callable

import pytest

from screenalytics_assets.contract.identity_records import Identities, Member
from screenalytics_assets.identity_evaluation.review_sample import (
    COLUMNS,
    draw_identities,
    read_review,
    review_sheet,
)
from screenalytics_resources.errors import UserError
from tests.tiny_episode import EP_ID, make_identity, make_track

TRACKS = [make_track(number, (0, 10 * number)) for number in range(1, 8)]
IDENTITIES = Identities.model_construct(
    ep_id=EP_ID, identities=(make_identity(1, [1, 2, 3, 4, 5, 6], 1.0), make_identity(2, [7], 1.0))
)


def filled(change: Callable[[list[dict[str, str]]], object] = lambda rows: None) -> str:
    """Return a sheet that names ann on every row, after `change` of its rows."""
    rows = list(csv.DictReader(io.StringIO(review_sheet(IDENTITIES, TRACKS, 10))))
    for row in rows:
        row["person"] = "ann"
    change(rows)
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0] if rows else COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def test_large_identities_are_drawn_more_often() -> None:
    drawn = draw_identities(IDENTITIES, 700)
    assert drawn == draw_identities(IDENTITIES, 700)
    assert sum(drawn.values()) == 700
    assert 550 < drawn["identity-00001"] < 650


def test_a_sheet_has_a_row_per_track_of_each_drawn_identity() -> None:
    rows = list(csv.DictReader(io.StringIO(review_sheet(IDENTITIES, TRACKS, 10))))
    drawn = draw_identities(IDENTITIES, 10)
    assert tuple(rows[0]) == COLUMNS
    assert [row["track_id"] for row in rows if row["identity_id"] == "identity-00001"] == [
        f"track-{n:05d}" for n in range(1, 7)
    ]
    assert {row["identity_id"]: int(row["draws"]) for row in rows} == drawn
    assert rows[0]["crop"] == f"frames/{EP_ID}/crops/track-00001/frame-000000.jpg"
    assert {row["person"] for row in rows} == {""}


def test_times_of_a_sheet_are_those_of_a_player() -> None:
    rows = list(csv.DictReader(io.StringIO(review_sheet(IDENTITIES, TRACKS, 10, player_offset_s=0.5))))
    first = TRACKS[0]
    assert (rows[0]["first_ts"], rows[0]["last_ts"]) == (f"{first.first_ts + 0.5:.2f}", f"{first.last_ts + 0.5:.2f}")


def test_a_filled_sheet_is_read() -> None:
    def name(rows: list[dict[str, str]]) -> None:
        rows[0]["person"] = " bob "
        rows[1]["person"] = rows[2]["person"] = "?"

    reviewed = {identity.identity_id: identity for identity in read_review(filled(name), IDENTITIES, "review.csv")}
    first = reviewed["identity-00001"]
    assert first.draws == draw_identities(IDENTITIES, 10)["identity-00001"]
    assert first.people == ("bob", "? track-00002", "? track-00003", "ann", "ann", "ann")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param(lambda rows: rows.clear(), r"review.csv is not a review sheet \(no rows\)", id="empty"),
        pytest.param(
            lambda rows: [row.pop("draws") for row in rows],
            r"is not a review sheet \(no column draws\)",
            id="no-column",
        ),
        pytest.param(
            lambda rows: rows[3].update(person=" "), "has no person for track-00004: enter a name", id="no-person"
        ),
        pytest.param(lambda rows: rows.pop(2), "does not hold the current tracks of identity-00001", id="row-gone"),
        pytest.param(
            lambda rows: rows[0].update(track_id="track-00099"), "does not hold the current tracks", id="another-track"
        ),
        pytest.param(
            lambda rows: [row.update(identity_id="identity-00009") for row in rows],
            "does not hold the current tracks of identity-00009",
            id="identity-gone",
        ),
        pytest.param(lambda rows: rows[0].update(draws="x"), "as draws of identity-00001: restore", id="draws-differ"),
        pytest.param(lambda rows: [row.update(draws="0") for row in rows], "has 0 as draws of", id="no-draws"),
    ],
)
def test_an_invalid_sheet_is_refused(change: Callable[[list[dict[str, str]]], object], words: str) -> None:
    with pytest.raises(UserError, match=words):
        read_review(filled(change), IDENTITIES, "review.csv")


def test_one_draw_left_is_too_few() -> None:
    def keep_one(rows: list[dict[str, str]]) -> None:
        rows[:] = [row | {"draws": "1"} for row in rows if row["identity_id"] == "identity-00001"]

    with pytest.raises(UserError, match="holds fewer than 2 draws"):
        read_review(filled(keep_one), IDENTITIES, "review.csv")


@pytest.mark.parametrize(
    ("identities", "draws", "words"),
    [
        pytest.param(IDENTITIES, 1, "--sample 1 is too few for a standard error", id="one-draw"),
        pytest.param(
            Identities.model_construct(ep_id=EP_ID, identities=()), 5, "has no identities", id="no-identities"
        ),
    ],
)
def test_impossible_draws_are_refused(identities: Identities, draws: int, words: str) -> None:
    with pytest.raises(UserError, match=words):
        draw_identities(identities, draws)


def test_the_least_certain_tracks_of_an_identity_come_first_with_their_evidence() -> None:
    confidences = {1: 1.0, 2: 0.62, 3: 0.97, 4: 0.4}
    members = tuple(
        Member(track_id=f"track-{n:05d}", confidence=value, uncertain=value < 0.9, evidence=f"face {value:.2f}")
        for n, value in confidences.items()
    )
    identity = make_identity(1, list(confidences), 1.0).model_copy(update={"members": members})
    identities = Identities.model_construct(ep_id=EP_ID, identities=(identity,))
    rows = list(csv.DictReader(io.StringIO(review_sheet(identities, TRACKS, 2))))
    assert [(row["track_id"], row["evidence"]) for row in rows] == [
        ("track-00004", "face 0.40"),
        ("track-00002", "face 0.62"),
        ("track-00003", "face 0.97"),
        ("track-00001", "face 1.00"),
    ]
