"""Runs of a live platform, as its web server tells them, and whether anything more is to come."""

from typing import Any

from benchmarks.live.platform import LivePlatform
from screenalytics_assets.alerting.ledger import AlertLedger

LOOKING = ("new_episodes", "automation", "dead_runs", "alert_outbox")
"""Sensors that have had a look after the last run when nothing more is to come."""
_RUNS = "{runsOrError {... on Runs {results {runId status startTime endTime tags {key value}}}}}"


def runs(platform: LivePlatform) -> list[dict[str, Any]]:
    """Every run: `runId`, `status`, `startTime` and `endTime` in seconds since 1970, and `tags` by name."""
    results: list[dict[str, Any]] = platform.query(_RUNS)["runsOrError"]["results"]
    return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in results]


def is_quiet(platform: LivePlatform) -> bool:
    """Whether all runs are over and recorded, nothing waits to be sent, and the sensors have looked again since."""
    done = runs(platform)
    if not all(run["endTime"] for run in done):
        return False
    last = max(run["endTime"] for run in done)
    ledger = AlertLedger(platform.root / "alerts")
    recorded = all(ledger.is_recorded(run["runId"], run["status"]) for run in done)
    return recorded and not ledger.waiting() and all(_looked_after(platform, name, last) for name in LOOKING)


def _looked_after(platform: LivePlatform, sensor: str, moment: float) -> bool:
    ticks = platform.ticks(sensor)
    return bool(ticks) and ticks[0]["timestamp"] > moment


def ended_runs(platform: LivePlatform) -> int:
    """How many runs are over, however they ended."""
    from dagster import DagsterRunStatus, RunsFilter

    over = [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED]
    with platform.instance() as instance:
        count: int = instance.get_runs_count(RunsFilter(statuses=over))
    return count
