"""Notifiers configured by environment variables, which are the only source of secrets."""

from collections.abc import Callable, Mapping
from pathlib import Path

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.alert_file import AlertFile
from screenalytics_resources.notifiers.http_post import checked_url
from screenalytics_resources.notifiers.mail import Mail, parse_addresses, parse_server
from screenalytics_resources.notifiers.notifier import TIMEOUT_S, Misconfigured, Notifier
from screenalytics_resources.notifiers.slack import Slack
from screenalytics_resources.notifiers.slack_bot import SlackBot, checked_token
from screenalytics_resources.notifiers.webhook import Webhook

WEBHOOK_VARIABLE = "SCREENALYTICS_ALERT_WEBHOOK_URL"
SLACK_VARIABLE = "SCREENALYTICS_ALERT_SLACK_WEBHOOK_URL"
SLACK_TOKEN_VARIABLE = "SCREENALYTICS_ALERT_SLACK_TOKEN"  # noqa: S105 - the variable's name
SLACK_CHANNEL_VARIABLE = "SCREENALYTICS_ALERT_SLACK_CHANNEL"
SMTP_VARIABLE = "SCREENALYTICS_ALERT_SMTP_URL"
MAIL_FROM_VARIABLE = "SCREENALYTICS_ALERT_MAIL_FROM"
MAIL_TO_VARIABLE = "SCREENALYTICS_ALERT_MAIL_TO"
_MAIL_VARIABLES = (SMTP_VARIABLE, MAIL_FROM_VARIABLE, MAIL_TO_VARIABLE)
ALERT_FILE = "alerts.jsonl"


def configured_notifiers(
    folder: Path, environment: Mapping[str, str], timeout_s: float = TIMEOUT_S
) -> tuple[Notifier, ...]:
    """Return the alert file in `folder` and every notifier that `environment` configures.

    A notifier with invalid settings becomes `Misconfigured`: its alerts wait, and the other notifiers still deliver.
    """
    notifiers: list[Notifier] = [AlertFile(folder / ALERT_FILE)]
    if url := environment.get(WEBHOOK_VARIABLE):
        notifiers.append(_build("webhook", lambda: Webhook(checked_url(url, WEBHOOK_VARIABLE), timeout_s)))
    if slack_url := environment.get(SLACK_VARIABLE):
        notifiers.append(_build("slack", lambda: Slack(checked_url(slack_url, SLACK_VARIABLE), timeout_s)))
    if environment.get(SLACK_TOKEN_VARIABLE) or environment.get(SLACK_CHANNEL_VARIABLE):
        notifiers.append(_build("slack_bot", lambda: _slack_bot(environment, timeout_s)))
    if any(environment.get(variable) for variable in _MAIL_VARIABLES):
        notifiers.append(_build("mail", lambda: _mail(environment, timeout_s)))
    return tuple(notifiers)


def _build(name: str, build: Callable[[], Notifier]) -> Notifier:
    try:
        return build()
    except UserError as error:
        return Misconfigured(name, str(error))


def _slack_bot(environment: Mapping[str, str], timeout_s: float) -> SlackBot:
    for variable in (SLACK_TOKEN_VARIABLE, SLACK_CHANNEL_VARIABLE):
        if not environment.get(variable):
            raise UserError(f"Slack needs {SLACK_TOKEN_VARIABLE} and {SLACK_CHANNEL_VARIABLE}: also set {variable}.")
    token = checked_token(environment[SLACK_TOKEN_VARIABLE], SLACK_TOKEN_VARIABLE)
    return SlackBot(token, environment[SLACK_CHANNEL_VARIABLE], timeout_s)


def _mail(environment: Mapping[str, str], timeout_s: float) -> Mail:
    missing = [variable for variable in _MAIL_VARIABLES if not environment.get(variable)]
    if missing:
        raise UserError(f"Mail needs {', '.join(_MAIL_VARIABLES)}: also set {missing[0]}.")
    senders = parse_addresses(environment[MAIL_FROM_VARIABLE], MAIL_FROM_VARIABLE)
    if len(senders) != 1:
        raise UserError(f"{MAIL_FROM_VARIABLE} has {len(senders)} addresses: it must have exactly one.")
    return Mail(
        parse_server(environment[SMTP_VARIABLE], SMTP_VARIABLE),
        senders[0],
        parse_addresses(environment[MAIL_TO_VARIABLE], MAIL_TO_VARIABLE),
        timeout_s,
    )
