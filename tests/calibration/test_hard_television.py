"""The hard level of simulated television: looks, clothes, patches without a face, and the norms of real clips."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.television.plan import plan_episode
from benchmarks.television.tier import REAL_NORMS, labelled, norm_percentiles, read_episode, write_episode
from screenalytics_assets.calibration.degrade import PHOTO_FACE_PX
from screenalytics_assets.calibration.hard_look import Look, covered, draw_look, show, show_patch, turned
from screenalytics_assets.calibration.hard_television import HardEpisode, PlannedTrack, film_hard
from screenalytics_assets.calibration.non_faces import NON_FACE, non_face, patch, spotted
from screenalytics_assets.calibration.television import Crops
from screenalytics_assets.calibration.wardrobe import (
    affinity,
    descriptor,
    draw_palette,
    draw_scene_light,
    histogram,
    same_scene_auc,
)
from screenalytics_resources.inference.engine import load_engine
from screenalytics_resources.project import config_dir
from tests.labelled_people import colour_engine, write_photo

PLAIN = Look(
    face_px=PHOTO_FACE_PX,
    blur_px=0.0,
    motion_px=0.0,
    turned=0.0,
    turned_left=False,
    cover=None,
    cover_share=0.3,
    cover_grey=90,
    tilt_degrees=0.0,
    light=1.0,
    noise=0.0,
    jpeg_quality=95,
    mirrored=False,
)


def photo(seed: int = 0) -> np.ndarray:
    import cv2

    coarse = np.random.default_rng(seed).integers(0, 256, (25, 25, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (250, 250), interpolation=cv2.INTER_CUBIC), np.uint8)


# Looks


@pytest.mark.parametrize(
    ("face_px", "side"),
    [pytest.param(PHOTO_FACE_PX / 4, 62, id="a-quarter"), pytest.param(4 * PHOTO_FACE_PX, 250, id="never-enlarged")],
)
def test_the_picture_is_as_small_as_its_face(face_px: float, side: int) -> None:
    shown = show(photo(), replace(PLAIN, face_px=face_px), np.random.default_rng(0))
    assert shown.shape[0] == pytest.approx(side, rel=0.09)
    assert shown.shape[0] <= 250


def test_a_turned_face_has_one_dark_and_narrow_half() -> None:
    even = np.full((100, 100, 3), 200, np.uint8)
    shown = turned(even, replace(PLAIN, turned=0.8, turned_left=True)).mean(axis=(0, 2))
    assert (shown[:50] >= 199).all()
    assert shown[-10:].mean() < 120
    assert turned(even, PLAIN) is even


@pytest.mark.parametrize(
    ("cover", "row", "column"),
    [
        pytest.param("mouth", 180, 125, id="mouth"),
        pytest.param("forehead", 80, 125, id="forehead"),
        pytest.param("side", 125, 85, id="side"),
    ],
)
def test_a_cover_hides_its_part_of_the_face(cover: str, row: int, column: int) -> None:
    image = photo()
    shown = covered(image, replace(PLAIN, cover=cover))  # type: ignore[arg-type]
    assert shown[row, column].tolist() == [90, 90, 90]
    middle = slice(115, 135), slice(120, 130)
    np.testing.assert_array_equal(shown[middle], image[middle])


def test_equal_draws_give_equal_looks() -> None:
    one, other = (draw_look(100.0, 2.0, 0.9, np.random.default_rng(4)) for _ in range(2))
    assert one == other
    assert one != draw_look(100.0, 2.0, 0.9, np.random.default_rng(5))


# Patches without a face


def test_a_patch_is_a_corner_of_the_photo() -> None:
    image = np.zeros((250, 250, 3), np.uint8)
    image[70:180, 70:180] = 255
    assert patch(image, np.random.default_rng(1)).max() < 100


def test_spots_are_where_the_landmarks_of_a_frontal_face_would_be() -> None:
    shown = spotted(np.full((100, 100, 3), 100, np.uint8), np.random.default_rng(0))[:, :, 0]
    assert shown[48, 42] < shown[48, 50] - 10


def test_a_patch_is_reported_as_a_poor_detection() -> None:
    crops = Crops()
    image = show_patch(photo()[:65, :65], replace(PLAIN, face_px=30.0), np.random.default_rng(0))
    crop = non_face("crops/x.jpg", 50, image, 0.6, crops, np.random.default_rng(0))
    side = image.shape[0]
    assert crops["crops/x.jpg"] is image
    assert (crop.bbox, crop.crop_box) == (
        (side // 4, side // 4, side - side // 4, side - side // 4),
        (0, 0, side, side),
    )
    assert 0.6 < crop.det_score < 0.76
    assert crop.ts == 2.0


# Clothes


def test_a_histogram_counts_lightness_and_colour() -> None:
    found = histogram(np.array([[0, 0, 0], [255, 255, 255], [255, 255, 255], [300, 255, 255]], np.float64))
    assert (found[0], found[-1], found.shape) == (0.25, 0.75, (600,))


def test_affinity_is_one_for_equal_and_zero_for_disjoint_clothes() -> None:
    clothes = np.zeros((3, 600), np.float32)
    clothes[0, 0] = clothes[1, 0] = clothes[2, 1] = 1
    np.testing.assert_allclose(affinity(clothes), [[1, 1, 0], [1, 1, 0], [0, 0, 1]])


def test_clothes_tell_people_of_a_scene_apart_as_well_as_real_ones() -> None:
    """Real clothes have an area under the curve of 0.91 to 0.93 over pairs of tracks."""
    clothes, people, scenes = [], [], []
    for scene in range(60):
        rng = np.random.default_rng([8, scene])
        light = draw_scene_light(rng)
        outfits = [draw_palette(rng) for _ in range(4)]
        for track in range(8):
            clothes.append(descriptor(outfits[track % 4], light, rng))
            people.append(str(track % 4))
            scenes.append(scene)
    assert same_scene_auc(np.stack(clothes), people, np.array(scenes)) == pytest.approx(0.92, abs=0.02)


def test_area_under_the_curve() -> None:
    clothes = np.eye(600, dtype=np.float32)[[0, 0, 1, 0]]
    # Pairs of scene 0: the same person at 1, two people at 0 and at 0. The fourth track is in another scene.
    assert same_scene_auc(clothes, ["a", "a", "b", "b"], np.array([0, 0, 0, 1])) == 1.0


# Episodes


def planned(person: str, number: int, background: bool = False) -> PlannedTrack:
    frames = (100 * number, 100 * number + 49)
    return PlannedTrack(person, background, number // 3, frames, 50, (10.0, 10.0, 110.0, 120.0))


@pytest.fixture
def filmed(tmp_path: Path) -> HardEpisode:
    actors: dict[str, Sequence[Path]] = {}
    for name, colour in (("anna", (220, 20, 20)), ("ben", (20, 20, 220))):
        actors[name] = [tmp_path / f"{name}-{number}.png" for number in range(4)]
        for number, path in enumerate(actors[name]):
            write_photo(path, colour, seed=number)
    plan = [planned("anna", 0), planned("ben", 1), planned(NON_FACE, 2, background=True), planned("anna", 3)]
    return film_hard("show_s01e01", plan, actors, colour_engine(), [1, 2])


def test_an_episode_has_faces_clothes_and_scenes(filmed: HardEpisode) -> None:
    assert [track.frame_count for track in filmed.tracks] == [50] * len(filmed.truth)
    assert NON_FACE in filmed.truth
    assert filmed.background.tolist() == [person == NON_FACE for person in filmed.truth]
    assert filmed.clothing.shape == (len(filmed.truth), 600)
    np.testing.assert_allclose(filmed.clothing.sum(axis=1), filmed.dressed, atol=1e-5)
    for track in filmed.tracks:
        assert track.mean_score == pytest.approx(np.mean([crop.det_score for crop in track.crops]), abs=1e-4)
        assert [box.bbox for box in track.boxes] == [(10.0, 10.0, 110.0, 120.0)] * 2


def test_an_episode_survives_the_cache(filmed: HardEpisode, tmp_path: Path) -> None:
    write_episode(tmp_path / "cached", filmed)
    loaded = read_episode(tmp_path / "cached")
    assert (loaded.name, loaded.tracks, loaded.truth, loaded.faces.rows) == (
        filmed.name,
        filmed.tracks,
        filmed.truth,
        filmed.faces.rows,
    )
    np.testing.assert_array_equal(loaded.clothing, filmed.clothing)
    assert labelled(loaded, "opencv_zoo").background == {NON_FACE}


@pytest.mark.shared
@pytest.mark.parametrize("pack", REAL_NORMS)
def test_norms_have_the_percentiles_of_real_clips(shared: Path, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small sample: the quartiles within 10 %. The benchmark reports all percentiles on the complete tier."""
    from benchmarks.identities.tv_tracks import TvTrack

    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(shared / "models"))
    people = sorted(path for path in (shared / "data" / "lfw").iterdir() if path.is_dir())[::16]
    widths = np.random.default_rng(0).permutation(np.geomspace(45, 220, 80))  # spread as in the track tables
    table = [
        TvTrack(people[index % len(people)].name, False, 3.0 * index, 3.0 * index + 0.3, 8, (0, 0, width, width))
        for index, width in enumerate(widths.tolist())
    ]
    plan = plan_episode("show_s01e01", table, 1000.0, np.random.default_rng(2))
    photos = {folder.name: sorted(folder.glob("*.jpg")) for folder in people}
    episode = film_hard("show_s01e01", plan, photos, load_engine(pack, config_dir()), [3])
    assert len(episode.tracks) > 50
    measured = norm_percentiles([labelled(episode, pack)])
    np.testing.assert_allclose(measured[1:4], REAL_NORMS[pack][1:4], rtol=0.10)
