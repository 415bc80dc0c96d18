"""Slack through a bot that posts to a channel (https://docs.slack.dev/reference/methods/chat.postMessage)."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.notifier import TIMEOUT_S, Message, NotDeliveredError
from screenalytics_resources.notifiers.slack import slack_payload

if TYPE_CHECKING:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError

SLACK_API = "https://slack.com/api/"
_MESSAGE_ERRORS = frozenset({"invalid_arguments", "invalid_blocks", "invalid_blocks_format", "msg_too_long", "no_text"})
"""Error codes caused by this message alone. After any other code, no message would be accepted."""


@dataclass(frozen=True)
class SlackBot:
    """Notifier that posts as the bot with this token. `api` is the URL of Slack's API."""

    token: str = field(repr=False)
    channel: str
    timeout_s: float = TIMEOUT_S
    api: str = SLACK_API
    name: str = "slack_bot"

    def send(self, message: Message) -> None:
        from slack_sdk.errors import SlackApiError

        try:
            self._client().chat_postMessage(channel=self.channel, unfurl_links=False, **slack_payload(message))
        except SlackApiError as error:
            raise _to_error(error) from None
        except Exception as error:
            # Report only the error's type: its text may contain headers and so the token.
            raise NotDeliveredError(f"no answer ({type(error).__name__})") from None

    def _client(self) -> "WebClient":
        from dagster_slack import SlackResource  # importing it takes a sixth of a second: only users of the bot pay

        client = SlackResource(token=self.token).get_client()
        client.base_url, client.timeout = self.api, int(self.timeout_s)
        return client


def checked_token(token: str, variable: str) -> str:
    """Return `token` if it looks like a Slack token. Raises `UserError` with the variable's name, never its value."""
    if not re.fullmatch(r"xox[a-z]-[A-Za-z0-9-]+", token):
        raise UserError(f"{variable} is not a Slack token: copy the bot token, which starts with xoxb-.")
    return token


def _to_error(error: "SlackApiError") -> NotDeliveredError:
    answer = error.response
    error_code = answer.get("error") if isinstance(answer.data, dict) else None
    code = re.sub(r"\W", "", str(error_code or ""))[:60]
    retry_after = str(answer.headers.get("Retry-After", answer.headers.get("retry-after", "")))
    sentence = f"Slack answered {code}" if code else f"answered with status {answer.status_code}"
    rest_s = float(retry_after) if retry_after.isdigit() else 0.0
    return NotDeliveredError(sentence, code not in _MESSAGE_ERRORS, rest_s)
