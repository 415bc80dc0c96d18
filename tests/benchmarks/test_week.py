"""The week of faults: which alerts and artifacts contradict its expectations, and how growth is measured."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing, nullcontext
from pathlib import Path

import pytest

from benchmarks.week import main
from benchmarks.week.expectations import Expectation, alerts_of_the_bad, differences, not_recovered
from benchmarks.week.growth import Sizes, measure, per_episode, per_idle_hour
from benchmarks.week.library import episode_ids
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID, write_tiny_episode

BAD, ODD = "videos/bad.mp4  video_is_usable ", "../x  partition_key_is_valid "
EXPECTED = {BAD: ["ERROR"], ODD: ["ERROR", "passed"]}


@pytest.mark.parametrize(
    ("bad", "odd", "problems"),
    [
        pytest.param(["ERROR"], ["ERROR", "passed"], [], id="as expected"),
        pytest.param(
            [], ["ERROR", "passed"], ["videos/bad.mp4  video_is_usable: expected ERROR, but got no alert"], id="none"
        ),
        pytest.param(
            ["ERROR", "passed"],
            ["ERROR"],
            [
                "videos/bad.mp4  video_is_usable: expected ERROR, but got ERROR, passed",
                "../x  partition_key_is_valid: expected ERROR, passed, but got ERROR",
            ],
            id="other states",
        ),
    ],
)
def test_alerts_of_bad_files_and_keys(bad: Sequence[str], odd: Sequence[str], problems: list[str]) -> None:
    states = {key: found for key, found in ((BAD, bad), (ODD, odd)) if found}
    assert alerts_of_the_bad(states, EXPECTED) == problems


def test_other_alerts_must_recover() -> None:
    newest = {BAD: "ERROR", "a-s01e01  run_succeeds episode": "ERROR", "b-s01e01 faces check ": "passed"}
    assert not_recovered(newest, EXPECTED) == ["a-s01e01  run_succeeds episode: ERROR"]


def test_differences_are_named_but_the_id_is_none(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for root in (one, other):
        write_tiny_episode(root)
    assert differences(ArtifactStore(str(other)), [EP_ID], ArtifactStore(str(one)), EP_ID) == []
    tracks = other / "embeds" / EP_ID / "tracks.npy"
    tracks.write_bytes(tracks.read_bytes()[:-1] + b"\x01")
    assert differences(ArtifactStore(str(other)), [EP_ID], ArtifactStore(str(one)), EP_ID) == [
        f"{EP_ID}: embeds/EPISODE/tracks.npy"
    ]


def test_free_pages_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "home" / "history" / "runs" / "0000-1111.db"
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE t (x BLOB)")
        database.execute("INSERT INTO t VALUES (zeroblob(100000))")
        database.commit()
        full = measure(tmp_path / "home", tmp_path / "alerts", 0.0).dagster["history/runs/(one per run).db"]
        database.execute("DELETE FROM t")
        database.commit()
    after = measure(tmp_path / "home", tmp_path / "alerts", 0.0)
    assert full > 100_000
    assert after.dagster["history/runs/(one per run).db"] < 20_000
    assert (after.ledger, after.alert_file) == (0, 0)


def test_growth_per_episode_and_per_hour() -> None:
    before, after = Sizes(0.0, {"runs.db": 100}, 10, 0), Sizes(1800.0, {"runs.db": 300, "new.db": 100}, 30, 40)
    assert per_episode(before, after, 10) == {
        "episodes": 10,
        "bytes_per_episode": {"runs.db": 20, "new.db": 10, "dagster": 30, "alerts.db": 2, "alerts.jsonl": 4},
    }
    assert per_idle_hour(before, after) == {
        "seconds": 1800.0,
        "bytes_per_hour": {"runs.db": 400, "new.db": 200, "dagster": 600, "alerts.db": 40, "alerts.jsonl": 80},
    }


def test_ids_of_episodes() -> None:
    ids = episode_ids(200)
    assert (len(set(ids)), ids[0], ids[98], ids[99], ids[-1]) == (
        200,
        "week-s01e01",
        "week-s01e99",
        "week-s02e01",
        "week-s03e02",
    )


@pytest.mark.parametrize(
    ("problems", "status"), [pytest.param([], None, id="met"), pytest.param(["week-s01e01: missing"], 1, id="not met")]
)
def test_the_exit_status_and_what_is_printed(
    problems: list[str],
    status: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    growth = {part: {"bytes_per_episode": {"dagster": 1}} for part in ("before_the_loss", "after_the_loss")}
    content = {"episodes": 12, "seconds": 1.0, "growth": growth | {"idle": {"bytes_per_hour": {"dagster": 2}}}}
    results = tmp_path / "week.json"
    monkeypatch.setattr(main, "week", lambda *_: (content, [Expectation("every episode is complete", problems)]))
    monkeypatch.setattr(main, "small_disk", lambda *_: nullcontext())
    monkeypatch.setattr("sys.argv", ["week", "--episodes", "12", "--results", str(results)])
    with pytest.raises(SystemExit) if status else nullcontext() as ended:
        main.main()
    assert (ended.value.code if ended else None) == status
    assert json.loads(results.read_text()) == content
    assert ("week-s01e01: missing" in capsys.readouterr().out) == bool(problems)
