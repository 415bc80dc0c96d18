"""Which results cause an alert."""

import pytest

from screenalytics_assets.alerting.alert import Evaluation, Key, Known, State, alert_of, newest, transitions

KEY = Key("demo-s01e02", "identities", "one_check")


def evaluation(state: State, at: float, key: Key = KEY) -> Evaluation:
    return Evaluation(key, state, "because", f"run-{at:g}", at, value=0.6, limit=0.5)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        pytest.param(["passed"], [], id="a first success"),
        pytest.param(["WARN", "WARN"], [("passed", "WARN")], id="once per state"),
        pytest.param(
            ["WARN", "ERROR", "passed", "passed"],
            [("passed", "WARN"), ("WARN", "ERROR"), ("ERROR", "passed")],
            id="worse, then passed",
        ),
        pytest.param(["ERROR", "WARN"], [("passed", "ERROR"), ("ERROR", "WARN")], id="better, not passed"),
    ],
)
def test_a_change_of_state_causes_one_alert(states: list[State], expected: list[tuple[str, str]]) -> None:
    evaluations = [evaluation(state, at) for at, state in enumerate(states)]
    assert [(alert.previous, alert.state) for alert in transitions({}, reversed(evaluations))] == expected


def test_checks_and_episodes_have_separate_states() -> None:
    keys = [KEY, KEY._replace(partition="demo-s01e03"), KEY._replace(check="other"), KEY._replace(asset="faces")]
    keys.append(KEY._replace(job="cleanup"))
    assert len({alert.id for alert in transitions({}, [evaluation("WARN", 1.0, key) for key in keys])}) == 5


@pytest.mark.parametrize(
    ("state", "late"),
    [pytest.param("ERROR", [True], id="failure"), pytest.param("passed", [], id="success")],
)
def test_only_failures_among_late_results_cause_alerts(state: State, late: list[bool]) -> None:
    alerts = transitions({KEY: Known("WARN", 5.0)}, [evaluation(state, 4.0)])
    assert [alert.late for alert in alerts] == late


def test_a_repeated_evaluation_causes_no_alert() -> None:
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
def test_show_of_an_alert(partition: str, show: str) -> None:
    assert alert_of(evaluation("WARN", 1.0, KEY._replace(partition=partition)), "passed").show == show


def test_the_id_of_an_alert_depends_only_on_its_evaluation() -> None:
    assert alert_of(evaluation("WARN", 1.0), "passed").id == alert_of(evaluation("WARN", 1.0), "ERROR").id
    assert alert_of(evaluation("WARN", 1.0), "passed").id != alert_of(evaluation("WARN", 2.0), "passed").id
