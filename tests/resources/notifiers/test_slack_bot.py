"""The Slack bot, against a local server that responds like Slack's API: JSON, with `ok: false` for errors."""

import json
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.alerting.alert import Evaluation, Key
from screenalytics_assets.alerting.delivery import deliver
from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_resources.notifiers.configured import configured_notifiers
from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError
from screenalytics_resources.notifiers.slack_bot import SlackBot

TOKEN = "xoxb-17-T0P-S3CR3T"  # noqa: S105
MESSAGE = Message("ab" * 16, 1.7e9, "ERROR - demo-s01e02 - a check", ("State: <!channel>",), (), {})
Answer = tuple[int, dict[str, Any], dict[str, str]]
OK: Answer = (200, {"ok": True, "ts": "1.2"}, {})


@dataclass
class SlackScript:
    """Responses in order, of which the last is repeated, and the received requests."""

    answers: list[Answer]
    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def slack(*answers: Answer) -> Iterator[SlackScript]:
    script = SlackScript(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            script.received.append(json.loads(body))
            script.headers.append(dict(self.headers))
            script.paths.append(self.path)
            status, content, headers = script.answers.pop(0) if len(script.answers) > 1 else script.answers[0]
            response = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(response)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    script.url = f"http://127.0.0.1:{server.server_address[1]}/api/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_blocks_are_posted_to_the_channel_with_the_token() -> None:
    with slack(OK) as server:
        SlackBot(TOKEN, "#episodes", api=server.url).send(MESSAGE)
    (received,) = server.received
    assert server.paths == ["/api/chat.postMessage"]
    assert (received["channel"], received["text"]) == ("#episodes", MESSAGE.title)
    assert received["blocks"][1]["text"]["text"] == "State: &lt;!channel&gt;"
    assert server.headers[0]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("answer", "sentence", "unreachable", "rest_s"),
    [
        pytest.param(
            (200, {"ok": False, "error": "invalid_auth"}, {}), "Slack answered invalid_auth", True, 0, id="token"
        ),
        pytest.param(
            (200, {"ok": False, "error": "not_in_channel"}, {}), "Slack answered not_in_channel", True, 0, id="channel"
        ),
        pytest.param(
            (200, {"ok": False, "error": "invalid_blocks"}, {}),
            "Slack answered invalid_blocks",
            False,
            0,
            id="this message",
        ),
        pytest.param(
            (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "90"}),
            "Slack answered ratelimited",
            True,
            90,
            id="rate limited",
        ),
        pytest.param((503, {}, {}), "answered with status 503", True, 0, id="server error"),
    ],
)
def test_a_refusal_by_slack_is_reported_without_the_token(
    answer: Answer, sentence: str, unreachable: bool, rest_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    bot = None
    with slack(answer) as server, pytest.raises(NotDeliveredError) as caught:
        bot = SlackBot(TOKEN, "#episodes", api=server.url)
        bot.send(MESSAGE)
    assert (str(caught.value), caught.value.unreachable, caught.value.rest_s) == (sentence, unreachable, rest_s)
    assert TOKEN not in caplog.text + repr(bot) + repr(caught.value.__context__ and caught.value.args)


def test_no_answer_counts_as_not_delivered() -> None:
    with slack(OK) as server:
        closed_url = server.url
    with pytest.raises(NotDeliveredError, match=r"no answer \(\w+Error\)"):
        SlackBot(TOKEN, "#episodes", api=closed_url).send(MESSAGE)


def test_alerts_wait_while_slack_refuses_and_retries_respect_its_delay(tmp_path: Path) -> None:
    ledger, clock = AlertLedger(tmp_path), [1000.0]
    ledger.record(
        "r1", "FAILURE", [Evaluation(Key("demo-s01e01", "", "c"), "ERROR", "", "r1", 9.0)], ["slack_bot"], 1.0
    )
    limited: Answer = (429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "90"})
    with slack(limited, (200, {"ok": False, "error": "invalid_auth"}, {}), OK) as server:
        bot = SlackBot(TOKEN, "#episodes", api=server.url)
        for now, requests in ((1000.0, 1), (1089.0, 1), (1090.0, 2), (1149.0, 2), (1150.0, 3), (9999.0, 3)):
            clock[0] = now
            deliver(ledger, [bot], "http://ui", lambda: clock[0])
            assert len(server.received) == requests, now
    assert ledger.waiting() == {}


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        pytest.param(
            {"SCREENALYTICS_ALERT_SLACK_TOKEN": TOKEN}, "also set SCREENALYTICS_ALERT_SLACK_CHANNEL", id="no channel"
        ),
        pytest.param(
            {"SCREENALYTICS_ALERT_SLACK_CHANNEL": "#a"}, "also set SCREENALYTICS_ALERT_SLACK_TOKEN", id="no token"
        ),
        pytest.param(
            {"SCREENALYTICS_ALERT_SLACK_TOKEN": "S3CR3T pass", "SCREENALYTICS_ALERT_SLACK_CHANNEL": "#a"},
            "SCREENALYTICS_ALERT_SLACK_TOKEN is not a Slack token",
            id="invalid token",
        ),
    ],
)
def test_invalid_settings_keep_alerts_waiting(tmp_path: Path, environment: dict[str, str], words: str) -> None:
    (_, bot) = configured_notifiers(tmp_path, environment)
    with pytest.raises(NotDeliveredError, match=words) as caught:
        bot.send(MESSAGE)
    assert "S3CR3T" not in str(caught.value)


def test_slack_is_not_imported_unless_used() -> None:
    code = "import sys, screenalytics_assets.automation.alerts; print('dagster_slack' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"
