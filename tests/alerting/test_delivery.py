"""Ledger and delivery: no alert is lost or sent twice, and an unreachable notifier delays no other."""

import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.alerting.delivery import deliver
from screenalytics_assets.alerting.ledger import LEASE_S, AlertLedger, delay_s
from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError

UI = "http://127.0.0.1:3000"


@dataclass
class Scripted:
    """A notifier that raises the errors of its script, then accepts every message."""

    name: str
    script: list[BaseException | None] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    attempts: int = 0

    def send(self, message: Message) -> None:
        self.attempts += 1
        error = self.script.pop(0) if self.script else None
        if error is not None:
            raise error
        self.accepted.append(message.id)


@pytest.fixture
def ledger(tmp_path: Path) -> AlertLedger:
    return AlertLedger(tmp_path / "alerts")


def record(ledger: AlertLedger, *notifiers: Scripted, checks: int = 1, run: str = "r1", now: float = 0.0) -> list[str]:
    evaluations = [
        Evaluation(Key("demo-s01e02", "faces", f"c{number}"), "WARN", "", run, 1.0) for number in range(checks)
    ]
    return [alert.id for alert in ledger.record(run, "SUCCESS", evaluations, [one.name for one in notifiers], now)]


def at(now: float) -> Callable[[], float]:
    return lambda: now


def test_a_run_is_recorded_once_and_its_alerts_are_sent_once(ledger: AlertLedger) -> None:
    one, two = Scripted("one"), Scripted("two")
    ids = record(ledger, one, two, checks=3)
    assert record(ledger, one, two, checks=3) == []
    assert deliver(ledger, [one, two], UI, at(0)).sent == 6
    assert deliver(ledger, [one, two], UI, at(9e9)).sent == 0
    assert one.accepted == two.accepted == ids


def test_an_unreachable_notifier_is_retried_less_often_and_then_gets_each_alert_once(ledger: AlertLedger) -> None:
    dead = Scripted("dead", [NotDeliveredError("no answer")] * 2)
    alive = Scripted("alive")
    ids = record(ledger, dead, alive, checks=3)
    for now, attempts, sent in ((0, 1, 3), (29, 1, 0), (30, 2, 0), (89, 2, 0), (90, 5, 3), (9e9, 5, 0)):
        assert deliver(ledger, [dead, alive], UI, at(now)).sent == sent
        assert dead.attempts == attempts
    assert sorted(dead.accepted) == sorted(alive.accepted) == sorted(ids)


def test_a_new_alert_does_not_end_the_rest_of_a_notifier(ledger: AlertLedger) -> None:
    dead = Scripted("dead", [NotDeliveredError("no answer")])
    record(ledger, dead)
    deliver(ledger, [dead], UI, at(0))
    record(ledger, dead, checks=5, run="r2", now=10)
    deliver(ledger, [dead], UI, at(10))
    assert dead.attempts == 1


def test_a_refused_message_does_not_delay_others(ledger: AlertLedger) -> None:
    picky = Scripted("picky", [NotDeliveredError("status 400", unreachable=False)])
    ids = record(ledger, picky, checks=3)
    assert deliver(ledger, [picky], UI, at(0)).failures == ("picky: status 400",)
    assert picky.accepted == ids[1:]
    deliver(ledger, [picky], UI, at(30))
    assert picky.accepted == [*ids[1:], ids[0]]


def test_delays_double_up_to_an_hour() -> None:
    assert [delay_s(failures) for failures in (1, 2, 3, 7, 8, 5000)] == [30, 60, 120, 1920, 3600, 3600]


def test_a_sender_killed_after_the_commit_loses_nothing(ledger: AlertLedger) -> None:
    killed = Scripted("one", [SystemExit()])
    ids = record(ledger, killed)
    with pytest.raises(SystemExit):
        deliver(ledger, [killed], UI, at(0))
    assert ledger.waiting() == {"one": 1}
    assert deliver(ledger, [killed], UI, at(LEASE_S - 1)).sent == 0
    assert deliver(ledger, [killed], UI, at(LEASE_S)).sent == 1
    assert killed.accepted == ids


def test_a_recorder_killed_before_the_commit_records_again(
    ledger: AlertLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Scripted("one")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(
            "screenalytics_assets.alerting.ledger._queue", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
        )
        record(ledger, one)
    assert not ledger.is_recorded("r1", "SUCCESS")
    assert len(record(ledger, one)) == 1


def test_a_bug_in_a_notifier_is_reported_by_its_exception_type_only(ledger: AlertLedger, tmp_path: Path) -> None:
    broken = Scripted("broken", [ValueError("T0P-S3CR3T")])
    record(ledger, broken)
    assert deliver(ledger, [broken], UI, at(0)).failures == ("broken: failed (ValueError)",)
    assert not any(b"T0P-S3CR3T" in path.read_bytes() for path in (tmp_path / "alerts").iterdir())


def test_no_message_is_started_after_the_time_budget(ledger: AlertLedger) -> None:
    slow = Scripted("slow")
    record(ledger, slow, checks=9)
    ticks = iter(range(0, 900, 4))
    assert deliver(ledger, [slow], UI, lambda: float(next(ticks)), budget_s=20).sent == 2
    assert ledger.waiting() == {"slow": 7}


def test_alerts_of_a_disabled_notifier_wait(ledger: AlertLedger) -> None:
    one = Scripted("one")
    record(ledger, one)
    assert deliver(ledger, [], UI, at(0)).sent == 0
    assert ledger.waiting() == {"one": 1}


def test_concurrent_senders_record_and_send_once(ledger: AlertLedger) -> None:
    one = Scripted("one")

    def work(_: int) -> int:
        record(ledger, one, checks=5)
        return deliver(ledger, [one], UI, at(0)).sent

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(work, range(8)))
    assert sum(sent) == 5
    assert len(set(one.accepted)) == len(one.accepted) == 5


def test_only_the_owner_can_read_the_ledger(ledger: AlertLedger, tmp_path: Path) -> None:
    record(ledger, Scripted("one"))
    with sqlite3.connect(tmp_path / "alerts" / "alerts.db") as held:
        held.execute("SELECT count(*) FROM alert").fetchone()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "alerts").iterdir()}
    held.close()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "alerts").stat().st_mode) == 0o700


def test_pruning_deletes_delivered_alerts_and_passed_states_only(ledger: AlertLedger) -> None:
    def evaluation(partition: str, run_id: str, at: float, state: str = "ERROR") -> Evaluation:
        return Evaluation(Key(partition, "", "check"), state, "", run_id, at)  # type: ignore[arg-type]

    for partition, run_id, at, state in (
        ("fixed", "r1", 10.0, "ERROR"),
        ("fixed", "r2", 20.0, "passed"),
        ("failing", "r3", 30.0, "ERROR"),
    ):
        ledger.record(run_id, "FAILURE", [evaluation(partition, run_id, at, state)], ["mail"], at)
    mail = Scripted("mail", [None, None, NotDeliveredError("no answer")])
    deliver(ledger, [mail], UI, lambda: 40.0)
    ledger.prune(before=100.0)
    with sqlite3.connect(ledger.folder / "alerts.db") as database:
        assert database.execute("SELECT count(*) FROM alert").fetchone() == (1,)
        assert database.execute("SELECT partition FROM check_state").fetchall() == [("failing",)]
        assert database.execute("SELECT count(*) FROM recorded_run").fetchone() == (3,)
    assert ledger.waiting() == {"mail": 1}
    assert ledger.record("r4", "FAILURE", [evaluation("failing", "r4", 200.0)], ["mail"], 200.0) == []


def test_pruning_keeps_the_newest_runs(ledger: AlertLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("screenalytics_assets.alerting.ledger.MAX_RECORDED_RUNS", 2)
    for number in range(5):
        ledger.record(f"r{number}", "SUCCESS", [], [], 1.0)
    ledger.prune(before=0.0)
    assert [ledger.is_recorded(f"r{number}", "SUCCESS") for number in range(5)] == [False, False, False, True, True]


def test_a_ledger_of_an_earlier_release_keeps_its_states(ledger: AlertLedger) -> None:
    """An earlier release kept one outcome per partition for the runs of all jobs."""
    ledger.folder.mkdir()
    with sqlite3.connect(ledger.folder / "alerts.db") as database:
        database.executescript(
            """
            CREATE TABLE check_state (
                partition TEXT NOT NULL, asset TEXT NOT NULL, check_name TEXT NOT NULL, state TEXT NOT NULL,
                at REAL NOT NULL, PRIMARY KEY (partition, asset, check_name)) STRICT;
            INSERT INTO check_state VALUES ('demo-s01e02', 'faces', 'c0', 'WARN', 1.0),
                ('videos/x.mkv', '', 'video_is_usable', 'ERROR', 1.0), ('demo-s01e02', '', 'run_succeeds', 'ERROR', 1.0)
            """
        )
    assert record(ledger) == [], "the warning is known"
    assert ledger.failing("video_is_usable") == {"videos/x.mkv"}
    failed = Evaluation(Key("demo-s01e02", "", "run_succeeds", "cleanup"), "ERROR", "", "r2", 2.0)
    assert [alert.job for alert in ledger.record_now([failed], [], 2.0)] == ["cleanup"]
    assert ledger.record_now([failed], [], 3.0) == []
