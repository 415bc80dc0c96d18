"""Size of Dagster's databases and of the alert ledger.

Only used pages count: free pages are reused, and the size of a write-ahead log varies with its last checkpoint.
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HOUR_S = 3600.0
_ONE_PER_RUN = "history/runs/(one per run).db"
_SHARED = ("index", "runs")


@dataclass(frozen=True)
class Sizes:
    """Used bytes at one moment.

    Attributes:
        at: seconds since 1970.
        dagster: bytes by database, with a path below `DAGSTER_HOME`.
        ledger: bytes of `alerts.db`.
        alert_file: bytes of `alerts.jsonl`.
    """

    at: float
    dagster: Mapping[str, int]
    ledger: int
    alert_file: int


def measure(home: Path, alerts: Path, at: float) -> Sizes:
    """Measure the databases below the Dagster instance's folder and the folder of alerts."""
    dagster: dict[str, int] = {}
    for path in sorted(home.rglob("*.db")):
        name = path.relative_to(home).as_posix()
        if path.parent.name == "runs" and path.stem not in _SHARED:
            name = _ONE_PER_RUN
        dagster[name] = dagster.get(name, 0) + _used_bytes(path)
    file = alerts / "alerts.jsonl"
    return Sizes(at, dagster, _used_bytes(alerts / "alerts.db"), file.stat().st_size if file.exists() else 0)


def per_episode(before: Sizes, after: Sizes, episodes: int) -> dict[str, Any]:
    """Return the growth in bytes per episode, and the number of episodes."""
    return {"episodes": episodes, "bytes_per_episode": _scaled(before, after, 1 / max(episodes, 1))}


def per_idle_hour(before: Sizes, after: Sizes) -> dict[str, Any]:
    """Return the growth in bytes per hour, and the seconds that were measured."""
    seconds = after.at - before.at
    return {"seconds": round(seconds, 1), "bytes_per_hour": _scaled(before, after, HOUR_S / seconds)}


def _scaled(before: Sizes, after: Sizes, factor: float) -> dict[str, int]:
    grown = {name: size - before.dagster.get(name, 0) for name, size in after.dagster.items()}
    grown["dagster"] = sum(grown.values())
    grown["alerts.db"] = after.ledger - before.ledger
    grown["alerts.jsonl"] = after.alert_file - before.alert_file
    return {name: round(size * factor) for name, size in grown.items()}


def _used_bytes(path: Path) -> int:
    if not path.exists():
        return 0
    with closing(sqlite3.connect(path, timeout=30.0)) as database:
        pages, unused, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
    return int((pages - unused) * size)
