"""Text, fields and links of a message."""

import json
from dataclasses import replace

import pytest

from screenalytics_assets.alerting.alert import Alert, Evaluation, Key, alert_of
from screenalytics_assets.alerting.rendering import message_of

UI = "https://ui.example.org"
ALERT = alert_of(
    Evaluation(
        Key("demo-s01e02", "identities", "few_singletons"),
        "ERROR",
        "0.62 are too many.\nLower it.",
        "r1",
        9.0,
        0.62,
        0.5,
    ),
    "WARN",
)


def test_a_message_has_state_place_value_cause_and_links() -> None:
    message = message_of(ALERT, UI)
    assert message.title == "ERROR - demo-s01e02 - identities: few_singletons"
    assert message.text.splitlines() == [
        "State: ERROR, before: WARN",
        "Show: demo",
        "Episode: demo-s01e02",
        "Check: identities, few_singletons",
        "Value: 0.62, limit 0.5",
        "Likely cause: 0.62 are too many. Lower it.",
        "Check: https://ui.example.org/assets/identities?view=checks&checkDetail=few_singletons",
        "Asset: https://ui.example.org/assets/identities?view=partitions&partition=demo-s01e02",
        "Run: https://ui.example.org/runs/r1",
    ]


@pytest.mark.parametrize(
    ("alert", "title", "line"),
    [
        pytest.param(
            replace(ALERT, state="passed", previous="ERROR"),
            "Passed again - demo-s01e02 - identities: few_singletons",
            "State: passed, before: ERROR",
            id="passed again",
        ),
        pytest.param(
            replace(ALERT, previous="passed", late=True),
            "ERROR - demo-s01e02 - identities: few_singletons",
            "State: ERROR, but a newer run reported passed",
            id="late",
        ),
        pytest.param(
            replace(ALERT, asset="", check="run_succeeds", job="cleanup"),
            "ERROR - demo-s01e02 - run_succeeds (cleanup)",
            "Job: cleanup",
            id="run",
        ),
        pytest.param(
            replace(ALERT, asset="", check="run_succeeds"),
            "ERROR - demo-s01e02 - run_succeeds",
            "Check: run_succeeds",
            id="run of an alert that an earlier release queued",
        ),
        pytest.param(
            replace(ALERT, partition="demo"),
            "ERROR - demo - identities: few_singletons",
            "Show: demo",
            id="season",
        ),
    ],
)
def test_titles_and_lines_of_other_alerts(alert: Alert, title: str, line: str) -> None:
    message = message_of(alert, UI)
    assert message.title == title
    assert line in message.lines


def test_an_alert_of_a_run_has_no_link_to_an_asset_or_a_check() -> None:
    assert [label for label, _ in message_of(replace(ALERT, asset=""), UI).links] == ["Run"]


def test_the_fields_are_valid_json_and_include_id_and_links() -> None:
    fields = json.loads(json.dumps(dict(message_of(ALERT, UI).fields), allow_nan=False))
    assert fields["id"] == ALERT.id
    assert fields["run_url"] == f"{UI}/runs/r1"
    assert (fields["value"], fields["limit"], fields["previous"]) == (0.62, 0.5, "WARN")


def test_names_are_escaped_in_links() -> None:
    odd = replace(ALERT, run_id="../x?y", partition="a&b=c", check="d&e")
    assert [url for _, url in message_of(odd, UI).links] == [
        f"{UI}/assets/identities?view=checks&checkDetail=d%26e",
        f"{UI}/assets/identities?view=partitions&partition=a%26b%3Dc",
        f"{UI}/runs/..%2Fx%3Fy",
    ]
