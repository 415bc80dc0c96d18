"""The report after kills: damage, incomplete files, repeated alerts. The platform is not running."""

import json
from pathlib import Path

import pytest

from benchmarks.faults.aftermath import aftermath, read_alerts
from benchmarks.faults.kills import Kill
from benchmarks.live.platform import LivePlatform
from tests.tiny_episode import EP_ID, write_tiny_episode


@pytest.fixture
def platform(tmp_path: Path) -> LivePlatform:
    """A platform that was never started, with one complete episode."""
    platform = LivePlatform(tmp_path)
    platform.configure({})
    write_tiny_episode(platform.root)
    return platform


def write_alerts(platform: LivePlatform, *states: str, again: bool = False) -> None:
    folder = platform.root / "alerts"
    folder.mkdir()
    key = {"partition": EP_ID, "asset": "", "check": "run_succeeds"}
    lines = [
        json.dumps({"id": "same" if again else str(n), "state": s.removeprefix("late "), "late": "late " in s, **key})
        for n, s in enumerate(states)
    ]
    (folder / "alerts.jsonl").write_text("\n".join(lines) + "\n")


def test_a_complete_episode_has_no_problems(platform: LivePlatform) -> None:
    write_alerts(platform, "ERROR", "passed")
    found = aftermath(platform, [EP_ID], [])
    assert [name for name, value in vars(found).items() if value] == []


def test_damage_is_reported(platform: LivePlatform) -> None:
    faces = platform.root / "manifests" / EP_ID / "faces.jsonl"
    faces.write_text(faces.read_text()[:-40])
    (platform.root / "manifests" / EP_ID / ".partial-tracks.jsonl-0000").touch()
    (platform.root / "manifests" / EP_ID / "identities.json").unlink()
    found = aftermath(platform, [EP_ID], [])
    assert found.unfinished == [EP_ID]
    assert any("faces.jsonl cannot be used" in sentence for sentence in found.damaged)
    assert found.leftovers == [f"manifests/{EP_ID}/.partial-tracks.jsonl-0000"]


@pytest.mark.parametrize(
    ("states", "again", "twice", "wrong"),
    [
        pytest.param(("ERROR", "passed"), False, 0, 0, id="failed and recovered"),
        pytest.param(("ERROR", "passed", "ERROR", "passed"), False, 0, 0, id="failed twice and recovered"),
        pytest.param(("ERROR", "ERROR", "passed"), False, 1, 0, id="the same state again"),
        pytest.param(("ERROR", "passed"), True, 1, 0, id="the same alert again"),
        pytest.param(("ERROR",), False, 0, 1, id="never recovered"),
        pytest.param(("late ERROR",), False, 0, 0, id="reported after a newer run has passed"),
        pytest.param(("ERROR", "passed", "late ERROR"), False, 0, 0, id="an older failure after the recovery"),
        pytest.param(("passed", "ERROR", "late WARN"), False, 0, 1, id="an older failure before the recovery"),
    ],
)
def test_repeated_alerts_and_alerts_without_recovery(
    platform: LivePlatform, states: tuple[str, ...], again: bool, twice: int, wrong: int
) -> None:
    write_alerts(platform, *states, again=again)
    found = aftermath(platform, [EP_ID], [])
    assert (len(found.told_twice), len(found.wrong_in_the_end)) == (twice, wrong)


def test_a_kill_without_a_successful_run_afterwards_has_no_recovery(platform: LivePlatform) -> None:
    found = aftermath(platform, [EP_ID], [Kill("run", (EP_ID,), ("tracks",), at=0.0, up=0.0)])
    assert str(found.recovered_s) == "[nan]"


def test_torn_lines_of_the_alert_file_are_skipped(platform: LivePlatform) -> None:
    write_alerts(platform, "ERROR")
    with (platform.root / "alerts" / "alerts.jsonl").open("a") as file:
        file.write('{"id": "torn", "cause": "the {disk}\n{"id": "last", "state": "passed"}\n')
    assert [alert["id"] for alert in read_alerts(platform)] == ["0", "last"]
