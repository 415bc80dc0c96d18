"""When a result is news."""

import pytest

from screenalytics_assets.alerting.alert import Evaluation, Key, Known, State, alert_of, newest, transitions

KEY = Key("demo-s01e02", "identities", "one_check")


def evaluation(state: State, at: float, key: Key = KEY) -> Evaluation:
    return Evaluation(key, state, "because", f"run-{at:g}", at, value=0.6, limit=0.5)


@pytest.mark.parametrize(
    ("states", "told"),
    [
        pytest.param(["passed"], [], id="a first success is no news"),
        pytest.param(["WARN", "WARN"], [("passed", "WARN")], id="once until it changes"),
        pytest.param(
            ["WARN", "ERROR", "passed", "passed"],
            [("passed", "WARN"), ("WARN", "ERROR"), ("ERROR", "passed")],
            id="worse, then mended",
        ),
        pytest.param(["ERROR", "WARN"], [("passed", "ERROR"), ("ERROR", "WARN")], id="better, not mended"),
    ],
)
def test_a_change_of_state_is_told_once(states: list[State], told: list[tuple[str, str]]) -> None:
    evaluations = [evaluation(state, at) for at, state in enumerate(states)]
    assert [(alert.previous, alert.state) for alert in transitions({}, reversed(evaluations))] == told


def test_checks_and_episodes_are_told_apart() -> None:
    keys = [KEY, KEY._replace(partition="demo-s01e03"), KEY._replace(check="other"), KEY._replace(asset="faces")]
    assert len({alert.id for alert in transitions({}, [evaluation("WARN", 1.0, key) for key in keys])}) == 4


@pytest.mark.parametrize(
    ("state", "late"),
    [pytest.param("ERROR", [True], id="failure"), pytest.param("passed", [], id="success")],
)
def test_of_late_results_only_failures_are_told(state: State, late: list[bool]) -> None:
    alerts = transitions({KEY: Known("WARN", 5.0)}, [evaluation(state, 4.0)])
    assert [alert.late for alert in alerts] == late


def test_an_evaluation_seen_again_is_no_news() -> None:
    again = evaluation("ERROR", 4.0)
    assert transitions(newest([again]), [again]) == []


@pytest.mark.parametrize(
    ("partition", "show"),
    [
        pytest.param("demo-s01e02", "demo", id="episode"),
        pytest.param("demo", "demo", id="show"),
        pytest.param("", "", id="none"),
    ],
)
def test_an_alert_knows_its_show(partition: str, show: str) -> None:
    assert alert_of(evaluation("WARN", 1.0, KEY._replace(partition=partition)), "passed").show == show


def test_an_alerts_id_is_the_same_every_time_and_another_for_another_run() -> None:
    assert alert_of(evaluation("WARN", 1.0), "passed").id == alert_of(evaluation("WARN", 1.0), "ERROR").id
    assert alert_of(evaluation("WARN", 1.0), "passed").id != alert_of(evaluation("WARN", 2.0), "passed").id
