"""Thumbnails: one square picture per identity, of its best representative."""

from pathlib import Path

import numpy as np
import pytest

from screenalytics_assets.contract.identity_records import ChosenFace
from screenalytics_assets.contract.schemas import TrackRep
from screenalytics_assets.settings.stages import TrackRepsSettings
from screenalytics_assets.track_reps.build_reps import build_reps
from screenalytics_assets.track_reps.thumbnails import write_thumbnails
from tests.tiny_episode import make_embedding, make_face, make_identity, make_track, unit


def reps(*tracks: int) -> list[TrackRep]:
    rows = [make_embedding(track, 0) for track in tracks]
    faces = [make_face(track, make_track(track, (0, 9)), 0, 0) for track in tracks]
    return build_reps(rows, unit(1, 0)[None], faces, unit(1, 0)[None], TrackRepsSettings())


PICTURES = {
    "crops/track-00001/frame-000000.jpg": np.full((40, 90, 3), 60, np.uint8),
    "crops/track-00002/frame-000000.jpg": np.full((300, 200, 3), 190, np.uint8),
}


def test_every_identity_has_a_square_picture(tmp_path: Path) -> None:
    import cv2

    identities = [make_identity(1, [2], 2.0), make_identity(2, [1], 2.0)]
    assert write_thumbnails(tmp_path, identities, reps(1, 2), [], PICTURES.get, 64) == []
    thumbnails = {
        path.relative_to(tmp_path).as_posix(): cv2.imread(str(path)) for path in sorted(tmp_path.rglob("*.jpg"))
    }
    assert {name: picture.shape for name, picture in thumbnails.items()} == {
        "identity-00001/rep.jpg": (64, 64, 3),
        "identity-00002/rep.jpg": (64, 64, 3),
    }
    assert [int(picture.mean()) for picture in thumbnails.values()] == [190, 60]


@pytest.mark.parametrize(
    "tracks",
    [pytest.param([3], id="unreadable-crop"), pytest.param([9], id="no-representative")],
)
def test_identities_without_a_picture_are_named_and_the_others_written(tmp_path: Path, tracks: list[int]) -> None:
    identities = [make_identity(1, tracks, 2.0), make_identity(2, [1], 2.0)]
    assert write_thumbnails(tmp_path, identities, reps(1, 3), [], PICTURES.get, 64) == ["identity-00001"]
    assert [path.name for path in tmp_path.iterdir()] == ["identity-00002"]


def test_no_identities_no_pictures(tmp_path: Path) -> None:
    assert write_thumbnails(tmp_path, [], reps(1), [], PICTURES.get, 64) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("ts", "brightness"),
    [
        pytest.param(0.0, 60, id="the-first"),
        pytest.param(1.2, 190, id="the-nearest"),
        pytest.param(0.9, 60, id="the-earlier-on-a-tie"),
        pytest.param(90.0, 190, id="beyond-the-track"),
    ],
)
def test_the_face_that_a_person_chose_comes_first(tmp_path: Path, ts: float, brightness: int) -> None:
    import cv2

    track = make_track(1, (0, 9))
    faces = [make_face(1, track, 0, 0), make_face(2, track, 1, 1), make_face(3, make_track(2, (0, 9)), 0, 2)]
    pictures = {faces[0].crop_key: PICTURES[faces[0].crop_key], faces[1].crop_key: np.full((40, 90, 3), 190, np.uint8)}
    identity = make_identity(1, [1], 2.0).model_copy(update={"chosen_face": ChosenFace(track_id="track-00001", ts=ts)})
    assert write_thumbnails(tmp_path, [identity], reps(1), faces, pictures.get, 64) == []
    assert int(cv2.imread(str(tmp_path / "identity-00001" / "rep.jpg")).mean()) == brightness


def test_an_unreadable_chosen_face_gives_way_to_the_best_one(tmp_path: Path) -> None:
    track = make_track(1, (0, 9))
    faces = [make_face(1, track, 0, 0), make_face(2, track, 1, 1)]
    chosen = ChosenFace(track_id="track-00001", ts=faces[1].ts)
    identity = make_identity(1, [1], 2.0).model_copy(update={"chosen_face": chosen})
    assert write_thumbnails(tmp_path, [identity], reps(1), faces, PICTURES.get, 64) == []
