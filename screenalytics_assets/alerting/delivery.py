"""Empties the outbox: every notifier in a thread of its own, so that a dead one holds up nobody else."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_assets.alerting.rendering import message_of
from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError, Notifier

BUDGET_S = 15.0
"""No message is begun later than this after the start, s; the last one may take its own timeouts."""


@dataclass(frozen=True)
class Delivery:
    """What one attempt came to; a failure is one sentence without an address."""

    sent: int
    failures: tuple[str, ...]


def deliver(
    ledger: AlertLedger,
    notifiers: Sequence[Notifier],
    ui_url: str,
    clock: Callable[[], float],
    budget_s: float = BUDGET_S,
) -> Delivery:
    """Send what is due. A failure is noted down for the next attempt and never raised."""
    deadline = clock() + budget_s

    def empty(notifier: Notifier) -> Delivery:
        return _deliver_to(ledger, notifier, ui_url, clock, deadline)

    with ThreadPoolExecutor(max_workers=max(len(notifiers), 1)) as pool:
        parts = list(pool.map(empty, notifiers))
    return Delivery(sum(part.sent for part in parts), tuple(one for part in parts for one in part.failures))


def _deliver_to(
    ledger: AlertLedger, notifier: Notifier, ui_url: str, clock: Callable[[], float], deadline: float
) -> Delivery:
    sent = 0
    failures: list[str] = []
    while clock() <= deadline and (claim := ledger.claim(notifier.name, clock())) is not None:
        error = _attempt(notifier, message_of(claim.alert, ui_url))
        if error is None:
            ledger.delivered(claim, notifier.name, clock())
            sent += 1
            continue
        failures.append(f"{notifier.name}: {error}")
        if error.unreachable:
            ledger.unreachable(claim, notifier.name, str(error), clock(), error.rest_s)
            break
        ledger.refused(claim, str(error), clock())
    return Delivery(sent, tuple(failures))


def _attempt(notifier: Notifier, message: Message) -> NotDeliveredError | None:
    try:
        notifier.send(message)
    except NotDeliveredError as error:
        return error
    except Exception as error:
        # A fault of the notifier itself; its text may hold anything, so only its kind is told.
        return NotDeliveredError(f"failed ({type(error).__name__})")
    return None
