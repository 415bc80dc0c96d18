"""The notifier interface: deliver one message, or raise an error with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Value = str | float | bool | None
TIMEOUT_S = 10.0
"""Longest wait for a single network response, s."""


@dataclass(frozen=True)
class Message:
    """One alert as readable text. `fields` is its machine-readable form; `id` is the same for every attempt."""

    id: str
    at: float
    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    fields: Mapping[str, Value]

    @property
    def text(self) -> str:
        """The lines and links, one per line."""
        return "\n".join((*self.lines, *(f"{label}: {url}" for label, url in self.links)))


class NotDeliveredError(Exception):
    """A message was not delivered. `sentence` gives the reason and never contains a URL or a password.

    `unreachable` means that no other message would arrive either, so the notifier should pause: for at least `rest_s`
    seconds if the service requested a delay.
    """

    def __init__(self, sentence: str, unreachable: bool = True, rest_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.unreachable = unreachable
        self.rest_s = rest_s


class Notifier(Protocol):
    """A channel that delivers alerts to people."""

    @property
    def name(self) -> str:
        """Short name, by which the outbox refers to the notifier."""
        ...

    def send(self, message: Message) -> None:
        """Deliver `message`, or raise `NotDeliveredError`."""
        ...


@dataclass(frozen=True)
class Misconfigured:
    """A notifier with invalid settings. Its messages wait until the settings are fixed."""

    name: str
    reason: str

    def send(self, message: Message) -> None:
        raise NotDeliveredError(self.reason)
