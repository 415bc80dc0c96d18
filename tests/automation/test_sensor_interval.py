"""Interval of the sensors, from the environment."""

import json
from pathlib import Path

import pytest
from dagster import DagsterInstance, build_sensor_context

from screenalytics_assets.automation import alerts
from screenalytics_assets.automation.sensor_interval import DEFAULT_INTERVAL_S, requested_interval_s, usable_interval_s
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.errors import UserError

VARIABLE = "SCREENALYTICS_SENSOR_INTERVAL_S"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("", 30, id="an empty variable means the default"),
        pytest.param("1", 1, id="the least"),
        pytest.param("3600", 3600, id="the most"),
    ],
)
def test_the_environment_sets_the_interval(monkeypatch: pytest.MonkeyPatch, text: str, seconds: int) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert requested_interval_s() == usable_interval_s() == seconds


@pytest.mark.parametrize("text", ["0", "3601", "-5", "2.5", "soon", "nan", "\u0665", "9" * 5000])
def test_an_invalid_interval_is_refused_and_the_graph_still_loads(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with pytest.raises(UserError, match=f"{VARIABLE} = .* Use a whole number from 1 to 3600, such as 30"):
        requested_interval_s()
    assert usable_interval_s() == DEFAULT_INTERVAL_S


def test_every_sensor_has_the_interval(home: Path) -> None:
    sensors = build_definitions().sensors or []
    assert len(sensors) == 9
    assert {sensor.minimum_interval_seconds for sensor in sensors} == {DEFAULT_INTERVAL_S}


def test_an_invalid_interval_is_reported_after_the_alerts_are_sent(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "soon")
    alerts.record_states("tried", {"a": "reason"})
    with DagsterInstance.ephemeral() as instance:
        context = build_sensor_context(instance=instance, repository_name="__repository__")
        with pytest.raises(UserError, match="is not a valid number of seconds"):
            alerts.alert_outbox.evaluate_tick(context)
    lines = (home / "alerts" / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(line)["cause"] for line in lines] == ["reason"]
