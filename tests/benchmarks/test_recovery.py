"""Figures of pairs of kills, and the command line that marks the beginning of its recovery."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.faults.marked_run import run_marked
from benchmarks.faults.recovery import Pair, summary


def pair(number: int, third_s: float | None, left: Sequence[str] = ("STARTED",)) -> Pair:
    return Pair(f"pairs-s01e{number:02d}", "tracks", 0.5, tuple(left), third_s, 0.0)


def test_the_figures_of_pairs() -> None:
    pairs = [pair(1, 8.0), pair(2, None, ("FAILURE", "NOT_STARTED")), pair(3, 10.0)]
    assert summary(pairs) == {
        "pairs": 3,
        "stuck": ["pairs-s01e02"],
        "median_third_run_s": 9.0,
        "slowest_third_run_s": 10.0,
        "first_killed_in": {"tracks": 3},
        "runs_after_second_kill": {"FAILURE, NOT_STARTED": 1, "STARTED": 2},
    }


def test_all_runs_stuck() -> None:
    figures = summary([pair(1, None)])
    assert (figures["median_third_run_s"], figures["slowest_third_run_s"]) == (None, None)


def test_the_beginning_of_a_recovery_is_marked(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    marker = tmp_path / "recovers"
    monkeypatch.setattr("screenalytics_app.actions.run_episode.register_video", lambda *_: None)
    monkeypatch.setattr("screenalytics_app.actions.run_episode.adopt", lambda *_: 1 / 0)  # after the recovery
    monkeypatch.setattr(sys, "argv", ["screenalytics", "run", "--ep-id", "demo-s01e01"])
    with pytest.raises(ZeroDivisionError):
        run_marked(marker)
    assert marker.exists()
