"""What a notifier is: it takes one message, and either delivers it or says why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

Value = str | float | bool | None
TIMEOUT_S = 10.0
"""Longest wait for any one answer from the network, s."""


@dataclass(frozen=True)
class Message:
    """One alert, ready to read. `fields` is the same for machines; `id` is the same at every attempt."""

    id: str
    at: float
    title: str
    lines: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    fields: Mapping[str, Value]

    @property
    def text(self) -> str:
        """The lines and links, one a line."""
        return "\n".join((*self.lines, *(f"{label}: {url}" for label, url in self.links)))


class NotDeliveredError(Exception):
    """A message did not arrive. The sentence never holds an address or a password.

    `unreachable` says that no other message would arrive either, so that the notifier deserves a rest; of at least
    `rest_s`, s, where the service asked for one.
    """

    def __init__(self, sentence: str, unreachable: bool = True, rest_s: float = 0.0) -> None:
        super().__init__(sentence)
        self.unreachable = unreachable
        self.rest_s = rest_s


class Notifier(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """Short name; the outbox knows the notifier by it."""
        ...

    def send(self, message: Message) -> None:
        """Deliver `message`, or raise `NotDeliveredError`."""
        ...


@dataclass(frozen=True)
class Misconfigured:
    """A notifier whose settings are wrong: its messages wait until someone mends them."""

    name: str
    sentence: str

    def send(self, message: Message) -> None:
        raise NotDeliveredError(self.sentence)
