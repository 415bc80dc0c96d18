"""The contact sheet: which faces it shows, its size in pixels, and its size in bytes."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.contact_sheet import (
    CAPTION_PX,
    FACES_PER_ROW,
    MAX_ROWS,
    TILE_PX,
    SheetRow,
    draw_sheet,
    encode_within,
    sheet_rows,
    square,
)
from tests.tiny_episode import make_face, make_identity, make_track

WHITE = np.full((50, 40, 3), 255, np.uint8)
DARK = 24


def faces_of(track: int, scores: Sequence[float]) -> list[Face]:
    """Return accepted faces of a track with these quality scores, at frames 0, 1, 2 and so on."""
    source = make_track(track, (0, 30), crop_frames=range(len(scores)))
    faces = [make_face(k + 1, source, k, k) for k in range(len(scores))]
    return [
        face.model_copy(update={"quality": face.quality.model_copy(update={"score": score})})
        for face, score in zip(faces, scores, strict=True)
    ]


def test_identities_longest_on_screen_come_first() -> None:
    identities = [make_identity(1, [1], 2.0), make_identity(2, [2], 9.0), make_identity(3, [1, 2], 2.0, low=True)]
    accepted = {f"track-{k:05d}": faces_of(k, [0.5]) for k in (1, 2)}
    assert [row.caption for row in sheet_rows(identities, accepted)] == [
        "identity-00002  1 track  9.0 s",
        "identity-00001  1 track  2.0 s",
        "identity-00003  2 tracks  2.0 s  LOW COHESION",
    ]


def test_a_row_shows_the_best_face_of_each_track_first() -> None:
    accepted = {"track-00001": faces_of(1, [0.2, 0.9, 0.5]), "track-00002": faces_of(2, [0.4])}
    (row,) = sheet_rows([make_identity(1, [1, 2], 2.0)], accepted)
    assert row.crop_keys == [
        "crops/track-00001/frame-000001.jpg",
        "crops/track-00002/frame-000000.jpg",
        "crops/track-00001/frame-000002.jpg",
        "crops/track-00001/frame-000000.jpg",
    ]


def test_a_track_without_an_accepted_face_adds_none() -> None:
    accepted = {"track-00001": faces_of(1, [0.2])}
    rows = sheet_rows([make_identity(1, [1, 2], 2.0), make_identity(2, [3], 1.0)], accepted)
    assert [row.crop_keys for row in rows] == [["crops/track-00001/frame-000000.jpg"], []]


@pytest.mark.parametrize(
    ("uncertain", "tracks"),
    [
        pytest.param(None, [1, 2], id="an-earlier-release"),
        pytest.param([], [1, 2], id="all-certain"),
        pytest.param([1], [2], id="one-uncertain"),
        pytest.param([1, 2], [1, 2], id="all-uncertain"),
    ],
)
def test_uncertain_tracks_are_left_out(uncertain: list[int] | None, tracks: list[int]) -> None:
    accepted = {"track-00001": faces_of(1, [0.9]), "track-00002": faces_of(2, [0.4])}
    (row,) = sheet_rows([make_identity(1, [1, 2], 2.0, uncertain=uncertain)], accepted)
    assert row.crop_keys == [f"crops/track-{track:05d}/frame-000000.jpg" for track in tracks]


def test_rows_and_faces_are_limited() -> None:
    accepted = {"track-00001": faces_of(1, [0.5] * 20)}
    rows = sheet_rows([make_identity(k + 1, [1], 2.0) for k in range(60)], accepted)
    assert len(rows) == MAX_ROWS
    assert {len(row.crop_keys) for row in rows} == {FACES_PER_ROW}


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        pytest.param(0, (118, 768, 3), id="empty"),
        pytest.param(1, (118, 768, 3), id="one"),
        pytest.param(3, (354, 768, 3), id="three"),
    ],
)
def test_size(rows: int, shape: tuple[int, int, int]) -> None:
    sheet = draw_sheet([SheetRow("someone", ["a"])] * rows, lambda key: WHITE)
    assert (sheet.shape, sheet.dtype) == (shape, np.uint8)


def tile(sheet: NDArray[np.uint8], row: int, column: int) -> NDArray[np.uint8]:
    top = row * (TILE_PX + CAPTION_PX) + CAPTION_PX
    return sheet[top : top + TILE_PX, column * TILE_PX : (column + 1) * TILE_PX]


def test_faces_fill_their_tiles_and_unreadable_ones_stay_dark() -> None:
    pictures = {"white": WHITE, "grey": np.full((10, 30, 3), 99, np.uint8)}
    rows = [SheetRow("one", ["white", "damaged", "grey"]), SheetRow("two", ["damaged", "white"])]
    sheet = draw_sheet(rows, pictures.get)
    shown = [[int(tile(sheet, row, column).mean()) for column in range(4)] for row in range(2)]
    assert shown == [[255, DARK, 99, DARK], [DARK, 255, DARK, DARK]]


def test_an_empty_sheet_has_a_message() -> None:
    sheet = draw_sheet([], lambda key: WHITE)
    assert sheet[:CAPTION_PX].max() > 150, "there is no text"
    assert (sheet[CAPTION_PX + 10 :] == DARK).all()


NOISE = np.random.default_rng(0).integers(0, 256, (1180, 768, 3), np.uint8)


@pytest.mark.parametrize(
    "max_bytes", [pytest.param(10**7, id="ample"), 300_000, 100_000, 30_000, pytest.param(3_000, id="tiny")]
)
def test_encoded_within(max_bytes: int) -> None:
    import cv2

    content = encode_within(NOISE, max_bytes)
    assert len(content) <= max_bytes
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    height, width = picture.shape[:2]
    assert width / height == pytest.approx(768 / 1180, rel=0.05)


def test_a_sheet_that_fits_keeps_its_size() -> None:
    import cv2

    plain = np.full((118, 768, 3), 99, np.uint8)
    picture = cv2.imdecode(np.frombuffer(encode_within(plain, 100_000), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == plain.shape


def test_quality_is_reduced_before_size() -> None:
    """At 35 % quality the sheet fits without scaling."""
    import cv2

    full_size = cv2.imencode(".jpg", NOISE, [int(cv2.IMWRITE_JPEG_QUALITY), 35])[1]
    picture = cv2.imdecode(np.frombuffer(encode_within(NOISE, len(full_size)), np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape == NOISE.shape


def test_a_sheet_that_never_fits_raises() -> None:
    with pytest.raises(ValueError, match="fits into 10 bytes, but it does not fit even at 32 px"):
        encode_within(NOISE, 10)


@pytest.mark.parametrize(
    ("shape", "columns"),
    [pytest.param((4, 8), slice(2, 6), id="wide"), pytest.param((8, 4), slice(0, 4), id="tall")],
)
def test_square_crops_the_middle(shape: tuple[int, int], columns: slice) -> None:
    image = np.zeros((*shape, 3), np.uint8)
    rows = slice(2, 6) if shape[0] > shape[1] else slice(0, 4)
    image[rows, columns] = 200
    assert (square(image, 16) == 200).all()
    assert square(image, 16).shape == (16, 16, 3)
