"""The pair sheet: which faces it shows, its captions, and that it fits into the metadata of a check."""

import base64

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_assets.contract.schemas import Face
from screenalytics_assets.identities.contact_sheet import CAPTION_PX, SheetRow
from screenalytics_assets.identities.diagnosis.pair_sheet import COLUMNS, MAX_BYTES, TILE_PX, pair_row, pair_sheet
from tests.tiny_episode import make_face, make_track

START = "![pairs of tracks](data:image/jpeg;base64,"


def faces_of(track: int, *scores: float) -> list[Face]:
    """Return accepted faces of a track with these quality scores, at frames 0, 1, 2 and so on."""
    source = make_track(track, (0, 30), crop_frames=range(len(scores)))
    faces = [make_face(k + 1, source, k, k) for k in range(len(scores))]
    return [
        face.model_copy(update={"quality": face.quality.model_copy(update={"score": score})})
        for face, score in zip(faces, scores, strict=True)
    ]


def decoded(markdown: str) -> NDArray[np.uint8]:
    import cv2

    assert markdown.startswith(START)
    content = base64.b64decode(markdown.removeprefix(START).removesuffix(")"), validate=True)
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


ACCEPTED = {"track-00012": faces_of(12, 0.2, 0.9, 0.5), "track-00040": faces_of(40, 0.4), "track-00041": []}


@pytest.mark.parametrize(
    ("tracks", "crops"),
    [
        pytest.param(
            ["track-00012", "track-00040"],
            ["crops/track-00012/frame-000001.jpg", "crops/track-00040/frame-000000.jpg"],
            id="best-face-of-each",
        ),
        pytest.param(["track-00041", "track-00040"], ["crops/track-00040/frame-000000.jpg"], id="no-accepted-face"),
        pytest.param(["track-00099", "track-00040"], ["crops/track-00040/frame-000000.jpg"], id="unknown-track"),
    ],
)
def test_a_row_shows_the_best_face_of_each_track(tracks: list[str], crops: list[str]) -> None:
    row = pair_row("track-00012", "track-00040", 0.3149, tracks, ACCEPTED)
    assert row == SheetRow("track-00012 | track-00040  0.31", crops)


def test_faces_are_next_to_each_other() -> None:
    pictures = {"white": np.full((50, 40, 3), 255, np.uint8), "grey": np.full((10, 30, 3), 99, np.uint8)}
    rows = [SheetRow("one", ["white", "grey"]), SheetRow("two", ["damaged", "grey"])]
    sheet = decoded(pair_sheet(rows, pictures.get))
    assert sheet.shape == (2 * (TILE_PX + CAPTION_PX), COLUMNS * TILE_PX, 3)
    middles = [
        [sheet[top + CAPTION_PX + TILE_PX // 2, left + TILE_PX // 2].mean() for left in (0, TILE_PX, 2 * TILE_PX)]
        for top in (0, TILE_PX + CAPTION_PX)
    ]
    assert middles == [pytest.approx([255, 99, 24], abs=3), pytest.approx([24, 99, 24], abs=3)]


def test_the_longest_caption_fits_into_the_width() -> None:
    sheet = decoded(pair_sheet([SheetRow("track-00012 | identity-00040  -0.31", [])], lambda key: None))
    caption = sheet[:CAPTION_PX]
    assert caption.max() > 150, "there is no text"
    assert caption[:, -20:].max() < 60, "the text reaches the edge"


def test_noise_also_fits() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3), np.uint8)
    rows = [SheetRow("track-00012 | track-00040  0.31", ["noise"] * COLUMNS)] * 10
    markdown = pair_sheet(rows, lambda key: noise)
    assert len(markdown) <= MAX_BYTES
    height, width = decoded(markdown).shape[:2]
    assert width / height == pytest.approx(COLUMNS * TILE_PX / (10 * (TILE_PX + CAPTION_PX)), rel=0.05)
    assert pair_sheet(rows, lambda key: noise) == markdown
