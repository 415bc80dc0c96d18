"""The commands `config` and `packs`."""

import pytest

from tests.app.screen import Screen


def test_packs_show_licence_and_availability(screen: Screen) -> None:
    assert screen.call("packs") == 0
    assert "YuNet is MIT, SFace is Apache-2.0" in screen.out
    assert "non-commercial research only" in screen.out


def test_config_shows_every_setting_and_where_it_comes_from(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_STRIDE", "7")
    rows = screen.json("config", "--profile", "fast_cpu")["settings"]
    settings = {row["name"]: (row["value"], row["source"]) for row in rows}
    assert settings["stride"] == ("7", "environment")
    assert settings["min_face_px"] == ("24.0", "profile fast_cpu")
    assert settings["gate_hard"] == ("0.2", "pack opencv_zoo")
    assert settings["linkage"] == ("average", "config/pipeline/clustering.yaml")
    assert screen.call("config", "--profile", "quick") == 2
    assert "There is no profile 'quick'" in screen.err
