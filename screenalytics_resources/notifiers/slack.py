"""Slack through an incoming webhook (https://api.slack.com/messaging/webhooks)."""

from dataclasses import dataclass, field
from typing import Any

from screenalytics_resources.notifiers.http_post import post_json
from screenalytics_resources.notifiers.notifier import TIMEOUT_S, Message

_LINE_LENGTH = 500
"""Longest line in characters. Even escaped, at most five times longer, it fits Slack's limit of 3,000 per section."""


@dataclass(frozen=True)
class Slack:
    """Notifier that posts a message of blocks, with its title as the notification text."""

    url: str = field(repr=False)
    timeout_s: float = TIMEOUT_S
    name: str = "slack"

    def send(self, message: Message) -> None:
        post_json(self.url, slack_payload(message), self.timeout_s)


def slack_payload(message: Message) -> dict[str, Any]:
    """Return the JSON for an incoming webhook: one section for the title, one per line, and one for the links."""
    title = _escape(message.title)
    links = "  ".join(f"<{_escape(url)}|{_escape(label)}>" for label, url in message.links)
    texts = [f"*{title}*", *(_escape(line) for line in message.lines), links]
    return {"text": title, "blocks": [_section(text) for text in texts if text]}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _escape(text: str) -> str:
    """Escape Slack's three control characters, so that no text can mention a channel or forge a link."""
    return text[:_LINE_LENGTH].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
