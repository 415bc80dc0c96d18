"""Delivery of queued alerts. Each notifier has its own thread, so one that does not respond delays no other."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from screenalytics_assets.alerting.ledger import AlertLedger
from screenalytics_assets.alerting.rendering import message_of
from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError, Notifier

BUDGET_S = 15.0
"""Time after which no further message is started, s. The last one may still take its own timeouts."""


@dataclass(frozen=True)
class Delivery:
    """Result of one delivery attempt. Each failure is one sentence without an address."""

    sent: int
    failures: tuple[str, ...]


def deliver(
    ledger: AlertLedger,
    notifiers: Sequence[Notifier],
    ui_url: str,
    clock: Callable[[], float],
    budget_s: float = BUDGET_S,
) -> Delivery:
    """Send all due messages. Failures are recorded for the next attempt and never raised."""
    deadline = clock() + budget_s

    def deliver_to(notifier: Notifier) -> Delivery:
        return _deliver_to(ledger, notifier, ui_url, clock, deadline)

    with ThreadPoolExecutor(max_workers=max(len(notifiers), 1)) as pool:
        parts = list(pool.map(deliver_to, notifiers))
    return Delivery(sum(part.sent for part in parts), tuple(failure for part in parts for failure in part.failures))


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
        # A bug in the notifier. Its text may contain secrets, so only the exception's type is reported.
        return NotDeliveredError(f"failed ({type(error).__name__})")
    return None
