"""Notifiers, against real servers on this machine."""

import email
import email.policy
import json
import socket
import stat
from base64 import b64decode
from pathlib import Path

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.alert_file import AlertFile
from screenalytics_resources.notifiers.configured import configured_notifiers
from screenalytics_resources.notifiers.http_post import checked_url
from screenalytics_resources.notifiers.mail import Mail, MailServer, mail_of, parse_addresses, parse_server
from screenalytics_resources.notifiers.notifier import Message, Misconfigured, NotDeliveredError
from screenalytics_resources.notifiers.slack import Slack, slack_payload
from screenalytics_resources.notifiers.webhook import Webhook
from tests.resources.notifiers.loopback import DROP, HANG, http_server, smtp_server

SECRET = "T0P-S3CR3T"  # noqa: S105
MESSAGE = Message(
    id="ab" * 16,
    at=1_700_000_000.0,
    title="ERROR - demo-s01e02 - identities: one check",
    lines=("State: ERROR, before: passed", "Likely cause: 3 < 4 & <!channel>"),
    links=(("Run", "http://127.0.0.1:3000/runs/r1"),),
    fields={"id": "ab" * 16, "state": "ERROR", "value": 0.5},
)


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_the_webhook_gets_every_field_as_json() -> None:
    with http_server(204) as server:
        Webhook(f"{server.url}/hook/{SECRET}?room=a").send(MESSAGE)
    assert json.loads(server.bodies[0]) == MESSAGE.fields
    assert server.paths == [f"/hook/{SECRET}?room=a"]


def test_slack_blocks_cannot_mention_a_channel() -> None:
    with http_server() as server:
        Slack(f"{server.url}/services/{SECRET}").send(MESSAGE)
    payload = json.loads(server.bodies[0])
    texts = [block["text"]["text"] for block in payload["blocks"]]
    assert payload["text"] == MESSAGE.title
    assert texts == [
        f"*{MESSAGE.title}*",
        "State: ERROR, before: passed",
        "Likely cause: 3 &lt; 4 &amp; &lt;!channel&gt;",
        "<http://127.0.0.1:3000/runs/r1|Run>",
    ]


def test_no_section_exceeds_the_slack_limit() -> None:
    long = Message("i", 0.0, "&" * 9000, ("&" * 9000,), (), {})
    assert all(len(block["text"]["text"]) <= 3000 for block in slack_payload(long)["blocks"])


@pytest.mark.parametrize(
    ("status", "words", "unreachable"),
    [
        pytest.param(500, "status 500", True, id="broken"),
        pytest.param(429, "status 429", True, id="too many"),
        pytest.param(400, "status 400", False, id="message refused"),
        pytest.param(302, r"redirect \(302\), which is never followed", True, id="redirect"),
        pytest.param(DROP, "no answer", True, id="dropped connection"),
        pytest.param(HANG, r"no answer \(TimeoutError\)", True, id="hang"),
    ],
)
def test_a_failed_webhook_reports_the_reason_without_its_url(status: int, words: str, unreachable: bool) -> None:
    with http_server(status) as server, pytest.raises(NotDeliveredError, match=words) as caught:
        Webhook(f"{server.url}/{SECRET}", timeout_s=0.2).send(MESSAGE)
    assert caught.value.unreachable is unreachable
    assert SECRET not in str(caught.value)
    assert server.paths == [f"/{SECRET}"], "the redirect was followed"


def test_a_closed_port_is_reported_as_no_answer() -> None:
    with pytest.raises(NotDeliveredError, match=r"no answer \(ConnectionRefusedError\)"):
        Webhook(f"http://127.0.0.1:{closed_port()}/{SECRET}").send(MESSAGE)


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"ftp://host/{SECRET}", id="scheme"),
        pytest.param(f"https:///{SECRET}", id="no host"),
        pytest.param(f"https://host:{SECRET}/", id="port"),
        pytest.param(f"https://me:{SECRET}@host/", id="user"),
        pytest.param(f"https://host/a\r\nX: {SECRET}", id="header injection"),
        pytest.param(f"https://host/ä{SECRET}", id="not ascii"),
    ],
)
def test_an_invalid_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UserError, match="SOME_URL is not a valid URL") as caught:
        checked_url(url, "SOME_URL")
    assert SECRET not in str(caught.value)


def test_mail_arrives_with_login_recipients_and_alert_id() -> None:
    with smtp_server() as server:
        mail_server = parse_server(f"smtp://us%40er:{SECRET}@127.0.0.1:{server.port}", "V")
        Mail(mail_server, "a@example.org", ("b@example.org", "c@example.org")).send(MESSAGE)
    received = email.message_from_string(server.mails[0], policy=email.policy.default)
    assert received["Subject"] == MESSAGE.title
    assert received["Message-ID"] == f"<{MESSAGE.id}@screenalytics>"
    assert "http://127.0.0.1:3000/runs/r1" in received.get_content()
    assert [line.split(" ")[1] for line in server.envelopes[0][1:]] == ["TO:<b@example.org>", "TO:<c@example.org>"]
    assert b64decode(server.logins[0].split(" ")[-1]) == f"\0us@er\0{SECRET}".encode()


@pytest.mark.parametrize(
    ("verb", "words", "unreachable"),
    [
        pytest.param("AUTH", "SMTPAuthenticationError", True, id="login"),
        pytest.param("MAIL", "SMTPSenderRefused", True, id="sender"),
        pytest.param("RCPT", "SMTPRecipientsRefused", False, id="recipient"),
        pytest.param("DATA", "SMTPDataError", False, id="content"),
    ],
)
def test_a_refused_mail_reports_the_error_type(verb: str, words: str, unreachable: bool) -> None:
    with smtp_server() as server:
        server.refuse = verb
        mail = Mail(MailServer("127.0.0.1", server.port, False, "user", SECRET), "a@b.org", ("c@d.org",))
        with pytest.raises(NotDeliveredError, match=words) as caught:
            mail.send(MESSAGE)
    assert caught.value.unreachable is unreachable
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("refuse", "logged"),
    [
        pytest.param("QUIT", "", id="failed quit"),
        pytest.param("RCPT TO:<c@d.org>", "refused 1 of 2 recipients", id="one recipient refused"),
    ],
)
def test_a_mail_with_at_least_one_recipient_counts_as_delivered(
    refuse: str, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    with smtp_server() as server:
        server.refuse = refuse
        Mail(MailServer("127.0.0.1", server.port, False), "a@b.org", ("b@d.org", "c@d.org")).send(MESSAGE)
    assert len(server.mails) == 1
    assert logged in caplog.text
    assert "c@d.org" not in caplog.text


def test_a_password_is_never_sent_unencrypted_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with smtp_server() as server:
        monkeypatch.setattr("screenalytics_resources.notifiers.mail._is_this_machine", lambda host: False)
        mail = Mail(MailServer("127.0.0.1", server.port, False, "user", SECRET), "a@b.org", ("c@d.org",))
        with pytest.raises(NotDeliveredError, match="offers no TLS"):
            mail.send(MESSAGE)
    assert server.logins == []


@pytest.mark.parametrize(
    "tls", [pytest.param(True, id="smtps to a plain server"), pytest.param(False, id="closed port")]
)
def test_a_mail_server_that_cannot_be_contacted_is_unreachable(tls: bool) -> None:
    with smtp_server() as server:
        port = server.port if tls else closed_port()
        mail = Mail(MailServer("127.0.0.1", port, tls), "a@b.org", ("c@d.org",), timeout_s=0.5)
        with pytest.raises(NotDeliveredError, match="no mail server accepted the message") as caught:
            mail.send(MESSAGE)
    assert caught.value.unreachable


def test_a_title_cannot_add_a_header() -> None:
    forged = Message("i", 0.0, "ERROR\r\nBcc: victim@example.org\n\nbody", (), (), {})
    raw = mail_of(forged, "a@b.org", ("c@d.org",)).as_bytes()
    assert email.message_from_bytes(raw)["Bcc"] is None
    assert b"Subject: ERROR Bcc: victim@example.org body\n" in raw


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a@b.org\r\nBcc: c@d.org", id="line break"),
        pytest.param("a@b.org\n", id="trailing line break"),
        pytest.param("Name <a@b.org>", id="display name"),
        pytest.param("nobody", id="no at sign"),
        pytest.param("a@b.org,,c@d.org", id="empty"),
    ],
)
def test_only_plain_addresses_are_accepted(text: str) -> None:
    with pytest.raises(UserError, match="MAIL is not a list of mail addresses"):
        parse_addresses(text, "MAIL")


@pytest.mark.parametrize(
    ("url", "server"),
    [
        pytest.param("smtps://h", MailServer("h", 465, True), id="smtps"),
        pytest.param("smtp://u:p%3A@h:25", MailServer("h", 25, False, "u", "p:"), id="quoted password"),
    ],
)
def test_a_mail_server_is_parsed(url: str, server: MailServer) -> None:
    assert parse_server(url, "V") == server


@pytest.mark.parametrize("url", [f"http://{SECRET}", f"smtp://u:{SECRET}@", f"smtp://u@h:{SECRET}"])
def test_an_invalid_mail_server_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UserError, match="V is not a mail server") as caught:
        parse_server(url, "V")
    assert SECRET not in str(caught.value)


def test_the_file_gets_one_line_per_alert_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "alerts" / "alerts.jsonl"
    notifier = AlertFile(path)
    notifier.send(MESSAGE)
    with path.open("ab") as file:
        file.write(b'{"torn')
    notifier.send(MESSAGE)
    lines = path.read_text().splitlines()
    assert [json.loads(line) for line in (lines[0], lines[2])] == [MESSAGE.fields] * 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_is_never_written_through_a_symlink(tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("")
    (tmp_path / "alerts.jsonl").symlink_to(tmp_path / "victim")
    with pytest.raises(NotDeliveredError, match=r"alerts\.jsonl cannot be written"):
        AlertFile(tmp_path / "alerts.jsonl").send(MESSAGE)
    assert (tmp_path / "victim").read_text() == ""


def test_only_the_alert_file_is_configured_by_default(tmp_path: Path) -> None:
    assert configured_notifiers(tmp_path, {}) == (AlertFile(tmp_path / "alerts.jsonl"),)


def test_each_variable_adds_its_notifier_and_no_repr_shows_a_secret(tmp_path: Path) -> None:
    notifiers = configured_notifiers(
        tmp_path,
        {
            "SCREENALYTICS_ALERT_WEBHOOK_URL": f"https://host/{SECRET}",
            "SCREENALYTICS_ALERT_SLACK_WEBHOOK_URL": f"https://hooks.slack.com/{SECRET}",
            "SCREENALYTICS_ALERT_SMTP_URL": f"smtps://user:{SECRET}@host",
            "SCREENALYTICS_ALERT_MAIL_FROM": "a@b.org",
            "SCREENALYTICS_ALERT_MAIL_TO": "c@d.org, e@f.org",
        },
    )
    assert [notifier.name for notifier in notifiers] == ["file", "webhook", "slack", "mail"]
    assert SECRET not in repr(notifiers)


@pytest.mark.parametrize(
    ("environment", "name", "words"),
    [
        pytest.param({"SCREENALYTICS_ALERT_WEBHOOK_URL": "x"}, "webhook", "WEBHOOK_URL is not a valid URL", id="url"),
        pytest.param(
            {"SCREENALYTICS_ALERT_MAIL_TO": "a@b.org"},
            "mail",
            "also set SCREENALYTICS_ALERT_SMTP_URL",
            id="incomplete mail settings",
        ),
    ],
)
def test_invalid_settings_disable_only_that_notifier(
    tmp_path: Path, environment: dict[str, str], name: str, words: str
) -> None:
    file, misconfigured = configured_notifiers(tmp_path, environment)
    assert isinstance(file, AlertFile)
    assert isinstance(misconfigured, Misconfigured)
    assert misconfigured.name == name
    with pytest.raises(NotDeliveredError, match=words):
        misconfigured.send(MESSAGE)


def test_a_large_file_is_rotated(tmp_path: Path) -> None:
    file = AlertFile(tmp_path / "alerts.jsonl", max_bytes=2 * len(json.dumps(dict(MESSAGE.fields))))
    for _ in range(5):
        file.send(MESSAGE)
    lines = {path.name: len(path.read_text().splitlines()) for path in tmp_path.iterdir()}
    assert lines == {"alerts.jsonl": 1, "alerts.jsonl.1": 2}
