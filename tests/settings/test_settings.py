"""Settings: precedence and source of each value, and the messages for invalid ones."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from screenalytics_assets.definitions import build_definitions
from screenalytics_assets.settings.sources import combined_sha256, own_settings, resolve
from screenalytics_assets.settings.stages import (
    ALL_STAGES,
    ClusteringSettings,
    DetectionSettings,
    GuardrailSettings,
    InferenceSettings,
    StageSettings,
    TrackingSettings,
    TrackRepsSettings,
)
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import PROJECT_ROOT


@pytest.fixture
def config(home: Path, tmp_path: Path) -> Path:
    """An editable copy of the project's configuration. `home` clears the environment."""
    return Path(shutil.copytree(PROJECT_ROOT / "config", tmp_path / "config"))


def edit(config: Path, file: str, **values: Any) -> None:
    path = config / "pipeline" / file
    content = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(content | values))


def edit_profile(config: Path, **values: Any) -> None:
    path = config / "pipeline" / "performance_profiles.yaml"
    content = yaml.safe_load(path.read_text())
    content["balanced"] |= values
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("given", "value", "source"),
    [
        pytest.param("", 1.0, "default", id="default"),
        pytest.param("y", 2.0, "config/pipeline/tracking.yaml", id="yaml-over-default"),
        pytest.param("yp", 3.0, "profile balanced", id="profile-over-yaml"),
        pytest.param("ype", 4.0, "environment", id="environment-over-profile"),
        pytest.param("ypex", 5.0, "explicit", id="explicit-over-environment"),
        pytest.param("ypek", 6.0, "episode", id="episode-over-environment"),
        pytest.param("kx", 5.0, "explicit", id="explicit-over-episode"),
        pytest.param("yx", 5.0, "explicit", id="explicit-over-yaml"),
        pytest.param("ye", 4.0, "environment", id="environment-over-yaml"),
    ],
)
def test_precedence_of_sources(
    config: Path, monkeypatch: pytest.MonkeyPatch, given: str, value: float, source: str
) -> None:
    path = config / "pipeline" / "tracking.yaml"
    path.write_text("lost_buffer_s: 2.0\n" if "y" in given else "")
    if "p" in given:
        edit_profile(config, lost_buffer_s=3.0)
    if "e" in given:
        monkeypatch.setenv("SCREENALYTICS_LOST_BUFFER_S", "4")
    explicit = {"lost_buffer_s": 5.0 if "x" in given else None}
    effective = resolve(TrackingSettings, config, explicit, {"lost_buffer_s": 6.0} if "k" in given else {})
    assert (effective.values.lost_buffer_s, effective.sources["lost_buffer_s"]) == (value, source)


@pytest.mark.parametrize(
    ("model", "variable", "name"),
    [
        pytest.param(ClusteringSettings, "SCREENALYTICS_CLUSTER_SIM", "cluster_thresh", id="cluster"),
        pytest.param(ClusteringSettings, "SCREENALYTICS_MIN_IDENTITY_SIM", "min_identity_sim", id="identity"),
        pytest.param(TrackRepsSettings, "REP_MIN_SIM_TO_CENTROID", "rep_min_sim_to_centroid", id="representative"),
        pytest.param(TrackingSettings, "TRACK_GATE_APPEAR_HARD", "gate_hard", id="gate"),
    ],
)
def test_environment_variables_set_their_setting(
    config: Path, monkeypatch: pytest.MonkeyPatch, model: type[StageSettings], variable: str, name: str
) -> None:
    monkeypatch.setenv(variable, "0.125")
    effective = resolve(model, config)
    assert (getattr(effective.values, name), effective.sources[name]) == (0.125, "environment")


def refused(model: type[StageSettings], config: Path, explicit: dict[str, Any] | None = None) -> str:
    with pytest.raises(UserError) as error:
        resolve(model, config, explicit)
    return str(error.value)


def test_unknown_keys_are_refused_with_the_most_similar_known_one(config: Path) -> None:
    message = refused(ClusteringSettings, config, {"cluster_tresh": 0.5})
    assert message == "Unknown setting 'cluster_tresh' in the run's settings. Did you mean 'cluster_thresh'?"
    edit(config, "clustering.yaml", min_clustersize=3)
    message = refused(ClusteringSettings, config)
    assert message.startswith("Unknown setting 'min_clustersize' in ")
    assert message.endswith("clustering.yaml. Did you mean 'min_cluster_size'?")
    edit(config, "clustering.yaml", guardrails={"singleton_limit": 0.5})
    assert "Unknown setting 'singleton_limit'" in refused(GuardrailSettings, config)
    edit_profile(config, strid=4)
    assert re.match("Unknown setting 'strid' in .*Did you mean 'stride'", refused(DetectionSettings, config))


@pytest.mark.parametrize(
    ("model", "explicit", "words"),
    [
        pytest.param(DetectionSettings, {"stride": 0}, "Setting stride = 0 (from the run's settings)", id="range"),
        pytest.param(
            DetectionSettings, {"stride": "many"}, "Setting stride = 'many' (from the run's settings)", id="type"
        ),
        pytest.param(DetectionSettings, {"pack": "../x"}, "Setting pack = '../x'", id="pattern"),
        pytest.param(ClusteringSettings, {"linkage": "avrage"}, "Setting linkage = 'avrage'", id="choice"),
        pytest.param(ClusteringSettings, {"cluster_thresh": float("nan")}, "Setting cluster_thresh = nan", id="nan"),
        pytest.param(
            GuardrailSettings,
            {"singleton_fraction_target": 0.7},
            "singleton_fraction_target = 0.7 is greater than singleton_fraction_limit = 0.5",
            id="target-beyond-limit",
        ),
    ],
)
def test_invalid_values_are_reported_with_source_and_remedy(
    config: Path, model: type[StageSettings], explicit: dict[str, Any], words: str
) -> None:
    message = refused(model, config, explicit)
    assert words in message
    assert message.endswith(("docs/configuration.md lists the accepted values.", "Change one of them."))


def test_an_invalid_value_is_reported_with_its_file_or_environment(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(config, "tracking.yaml", gate_streak=0)
    assert "Setting gate_streak = 0 (from config/pipeline/tracking.yaml)" in refused(TrackingSettings, config)
    monkeypatch.setenv("TRACK_GATE_APPEAR_STREAK", "none")
    assert "Setting gate_streak = 'none' (from the environment)" in refused(TrackingSettings, config)


def test_invalid_and_missing_files_are_reported(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = config / "pipeline" / "tracking.yaml"
    path.write_text("a: [1,\n")
    assert f"{path} is not valid YAML" in refused(TrackingSettings, config)
    path.write_text("- a\n- b\n")
    assert f"{path} contains a list instead of settings" in refused(TrackingSettings, config)
    path.unlink()
    assert f"{path} is missing" in refused(TrackingSettings, config)
    monkeypatch.setenv("SCREENALYTICS_PERF_PROFILE", "fastest")
    assert "There is no profile 'fastest'" in refused(DetectionSettings, config)


def test_a_profile_given_for_the_run_overrides_the_environment(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_PERF_PROFILE", "high_accuracy")
    effective = resolve(DetectionSettings, config, {"profile": "fast_cpu", "min_face_px": 30})
    assert (effective.values.stride, effective.sources["stride"]) == (6, "profile fast_cpu")
    assert (effective.values.min_face_px, effective.sources["min_face_px"]) == (30, "explicit")
    with pytest.raises(UserError, match="There is no profile 'fast'"):
        resolve(DetectionSettings, config, {"profile": "fast"})


def test_device_and_threads_make_nothing_stale(config: Path) -> None:
    stages = (DetectionSettings, InferenceSettings)
    hashes = {
        combined_sha256(tuple(resolve(stage, config, own_settings(stage, explicit)) for stage in stages))
        for explicit in ({}, {"threads": 3}, {"device": "cpu"})
    }
    assert len(hashes) == 1
    other = tuple(resolve(stage, config, own_settings(stage, {"stride": 9})) for stage in stages)
    assert combined_sha256(other) not in hashes


@pytest.mark.parametrize(
    ("precision", "stale"), [pytest.param("f32", False, id="default"), pytest.param("bf16", True, id="bf16")]
)
def test_only_another_precision_than_f32_makes_artifacts_stale(config: Path, precision: str, stale: bool) -> None:
    """Artifacts that are older than this setting have the hash of their other settings alone."""
    detection = resolve(DetectionSettings, config)
    machine = resolve(InferenceSettings, config, {"precision": precision})
    assert (combined_sha256((detection, machine)) != combined_sha256((detection,))) is stale
    with_threads = resolve(InferenceSettings, config, {"precision": precision, "threads": 3})
    assert combined_sha256((detection, with_threads)) == combined_sha256((detection, machine))


def test_profiles_trade_speed_for_accuracy(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {}
    for profile in ("fast_cpu", "low_power", "balanced", "high_accuracy"):
        monkeypatch.setenv("SCREENALYTICS_PERF_PROFILE", profile)
        settings[profile] = resolve(DetectionSettings, config).values
    assert settings["fast_cpu"] == settings["low_power"]
    assert settings["fast_cpu"].stride > settings["balanced"].stride > settings["high_accuracy"].stride


def test_equal_values_from_different_sources_have_the_same_hash(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explicit = resolve(ClusteringSettings, config, {"cluster_thresh": 0.5})
    monkeypatch.setenv("SCREENALYTICS_CLUSTER_SIM", "0.5")
    assert resolve(ClusteringSettings, config).sha256 == explicit.sha256
    monkeypatch.setenv("SCREENALYTICS_CLUSTER_SIM", "0.6")
    assert resolve(ClusteringSettings, config).sha256 != explicit.sha256


@pytest.mark.parametrize("stage", ALL_STAGES, ids=lambda stage: stage.__name__)
def test_every_setting_is_read(stage: type[StageSettings]) -> None:
    sources = [p for p in (PROJECT_ROOT / "screenalytics_assets").rglob("*.py") if p.name != "settings.py"]
    text = "\n".join(path.read_text() for path in sources)
    unread = [name for name in stage.model_fields if not re.search(rf"\.{name}\b", text)]
    assert unread == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(True, "true is only a value of a switch", id="true"),
        pytest.param(False, "false is only a value of a switch", id="false"),
        pytest.param("1:30", "unable to parse string", id="sexagesimal"),
        pytest.param("0x1f", "unable to parse string", id="hexadecimal"),
    ],
)
@pytest.mark.parametrize("name", ["stride", "max_gap_s"])
def test_a_number_is_a_decimal_number(config: Path, name: str, value: object, message: str) -> None:
    stage = next(stage for stage in ALL_STAGES if name in stage.model_fields)
    with pytest.raises(UserError, match=f"Setting {name} = .* is invalid: .*{message}"):
        resolve(stage, config, {name: value})


def test_yaml_files_and_the_command_line_read_numbers_alike(config: Path) -> None:
    (config / "pipeline" / "tracking.yaml").write_text("max_gap_s: 1:30\n")
    with pytest.raises(UserError, match=r"Setting max_gap_s = '1:30' .*tracking\.yaml"):
        resolve(TrackingSettings, config)


BROKEN = {
    "a byte that is not UTF-8": (b"a: 1\nmax_gap_s: \xff1", "byte 0xff in line 2 is not UTF-8"),
    "a syntax error": (b"max_gap_s: [1", "is not valid YAML"),
    "deep nesting": (b"max_gap_s: " + b"[" * 5000, "it is nested too deeply"),
    "a value that does not fit its tag": (b"max_gap_s: !!int ''", "is not valid YAML"),
    "an impossible date": (b"max_gap_s: 2026-99-99", "is not valid YAML"),
    "a key that is a number": (b"1: 2", "the key 1, which is not the name of a setting"),
    "a key that is null": (b"null: 2", "the key None, which is not the name of a setting"),
    "a list": (b"- max_gap_s", "contains a list instead of settings"),
    "a control character": (b"max_gap_s: \x00", "is not valid YAML"),
}


@pytest.mark.parametrize(("content", "message"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("file", ["tracking.yaml", "performance_profiles.yaml"])
def test_a_broken_file_is_one_sentence_that_names_it(config: Path, file: str, content: bytes, message: str) -> None:
    path = config / "pipeline" / file
    path.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(message)) as error:
        resolve(TrackingSettings, config)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"balanced: [1]", b"balanced: {1: 2}"], ids=["a list", "a number as key"])
def test_a_broken_profile_names_file_and_profile(config: Path, content: bytes) -> None:
    (config / "pipeline" / "performance_profiles.yaml").write_bytes(content)
    with pytest.raises(UserError, match=r"performance_profiles\.yaml, profile balanced,"):
        resolve(TrackingSettings, config)


def test_a_broken_section_names_file_and_section(config: Path) -> None:
    stage = next(stage for stage in ALL_STAGES if stage.yaml_section)
    (config / "pipeline" / stage.yaml_file).write_text(f"{stage.yaml_section}: [1]\n")
    with pytest.raises(UserError, match=f"{stage.yaml_file}, section {stage.yaml_section}, contains a list"):
        resolve(stage, config)


def test_a_folder_instead_of_a_file_is_refused(config: Path) -> None:
    (config / "pipeline" / "tracking.yaml").unlink()
    (config / "pipeline" / "tracking.yaml").mkdir()
    with pytest.raises(UserError, match=r"tracking\.yaml cannot be read \(Is a directory\)"):
        resolve(TrackingSettings, config)


@pytest.mark.parametrize("file", ["pipeline/detection.yaml", "pipeline/backfill.yaml", "packs/*.yaml"])
def test_the_graph_loads_with_a_broken_file(config: Path, monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    for path in sorted(config.glob(file)):
        path.write_bytes(b"\xff")
    monkeypatch.setenv("SCREENALYTICS_CONFIG_DIR", str(config))
    assert build_definitions().get_repository_def().schedule_defs
