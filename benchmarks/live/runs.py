"""Runs of a live platform, as reported by its web server, and whether the platform is quiet."""

import time
from typing import Any

from benchmarks.live.platform import LivePlatform
from screenalytics_assets.alerting.ledger import AlertLedger

SENSORS = ("new_episodes", "automation", "dead_runs", "alert_outbox")
"""A quiet platform has a tick of each of these sensors after its last run."""
RETRY_S = 15.0
"""Dagster starts the retry of a failed run within this time, s. It looks for failed runs every 5 s."""
_RUNS = "{runsOrError {... on Runs {results {runId status startTime endTime tags {key value}}}}}"


def runs(platform: LivePlatform) -> list[dict[str, Any]]:
    """Return every run: `runId`, `status`, `startTime` and `endTime` in seconds since 1970, and `tags` by name."""
    results: list[dict[str, Any]] = platform.query(_RUNS)["runsOrError"]["results"]
    return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in results]


def is_quiet(platform: LivePlatform) -> bool:
    """Return whether all runs have ended and are recorded, no alert or retry waits, and all sensors have ticked."""
    done = runs(platform)
    if not all(run["endTime"] for run in done):
        return False
    if any(run["status"] == "FAILURE" and time.time() - run["endTime"] < RETRY_S for run in done):
        return False
    last = max(run["endTime"] for run in done)
    ledger = AlertLedger(platform.root / "alerts")
    recorded = all(ledger.is_recorded(run["runId"], run["status"]) for run in done)
    return recorded and not ledger.waiting() and all(_ticked_after(platform, name, last) for name in SENSORS)


def _ticked_after(platform: LivePlatform, sensor: str, moment: float) -> bool:
    ticks = platform.ticks(sensor)
    return bool(ticks) and ticks[0]["timestamp"] > moment


def ended_runs(platform: LivePlatform) -> int:
    """Count the runs that have succeeded, failed or been cancelled."""
    from dagster import DagsterRunStatus, RunsFilter

    ended = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    with platform.instance() as instance:
        count: int = instance.get_runs_count(RunsFilter(statuses=ended))
    return count
