"""The sensor `new_episodes` with a simulated clock, and the alerts that it causes."""

import json
from pathlib import Path

import pytest
from dagster import DagsterInstance, RunRequest, SensorResult, SkipReason, build_sensor_context

from screenalytics_assets.automation import alerts
from screenalytics_assets.automation import new_episodes as module
from screenalytics_assets.automation.new_episodes import new_episodes
from screenalytics_assets.library.new_videos import STABLE_S
from screenalytics_resources.dagster_resources import StoreResource


class Sensor:
    """The sensor with a simulated clock."""

    def __init__(self, instance: DagsterInstance, patch: pytest.MonkeyPatch) -> None:
        self._instance, self._patch = instance, patch
        self.cursor: str | None = None
        self.last_message = ""
        """Reason of the last tick that requested nothing."""

    def tick(self, now: float) -> SensorResult | SkipReason:
        self._patch.setattr(module.time, "time", lambda: now)
        resources = {"store": StoreResource()}
        with build_sensor_context(self._instance, cursor=self.cursor, resources=resources) as context:
            result = new_episodes(context)
            self.last_message = (result.skip_message or "") if isinstance(result, SkipReason) else ""
            self.cursor = result.cursor if isinstance(result, SensorResult) else context.cursor
        return result  # type: ignore[return-value]

    def requests(self, now: float) -> list[RunRequest]:
        """Return what the sensor requests at two ticks, between which each file has stayed the same for long enough."""
        results = [self.tick(now), self.tick(now + STABLE_S)]
        return [
            request for result in results if isinstance(result, SensorResult) for request in result.run_requests or ()
        ]


def sent_states(home: Path) -> list[tuple[str, str]]:
    """Send the due alerts, then return state and file of all alerts sent so far."""
    alerts.alert_desk().deliver()
    lines = (home / "alerts" / "alerts.jsonl").read_text().splitlines()
    return [(alert["state"], alert["partition"]) for alert in map(json.loads, lines)]
