"""Generic webhook that receives each alert as one JSON object."""

from dataclasses import dataclass, field

from screenalytics_resources.notifiers.http_post import post_json
from screenalytics_resources.notifiers.notifier import TIMEOUT_S, Message


@dataclass(frozen=True)
class Webhook:
    """Notifier that posts the fields of a message."""

    url: str = field(repr=False)
    timeout_s: float = TIMEOUT_S
    name: str = "webhook"

    def send(self, message: Message) -> None:
        post_json(self.url, message.fields, self.timeout_s)
