"""An alert as a message: what happened, where, how far beyond the limit, why, and where to look."""

from dataclasses import asdict
from urllib.parse import quote, urlencode

from screenalytics_assets.alerting.alert import Alert
from screenalytics_resources.notifiers.notifier import Message

_CAUSE_LENGTH = 1000


def message_of(alert: Alert, ui_url: str) -> Message:
    """The message of an alert, with links into the user interface at `ui_url`."""
    links = _links(alert, ui_url)
    return Message(
        id=alert.id,
        at=alert.at,
        title=_title(alert),
        lines=tuple(_lines(alert)),
        links=tuple(links.items()),
        fields=asdict(alert) | {f"{name.lower()}_url": url for name, url in links.items()},
    )


def _title(alert: Alert) -> str:
    what = f"{alert.asset}: {alert.check}" if alert.asset else alert.check
    state = "Passed again" if alert.state == "passed" else alert.state
    return " - ".join(part for part in (state, alert.partition, what) if part)


def _lines(alert: Alert) -> list[str]:
    lines = [f"State: {alert.state}, {_before(alert)}"]
    if alert.show:
        lines.append(f"Show: {alert.show}")
    if alert.partition != alert.show:
        lines.append(f"{'File' if '/' in alert.partition else 'Episode'}: {alert.partition}")
    lines.append(f"Check: {alert.asset}, {alert.check}" if alert.asset else f"Check: {alert.check}")
    if alert.value is not None:
        limit = "" if alert.limit is None else f", limit {_number(alert.limit)}"
        lines.append(f"Value: {_number(alert.value)}{limit}")
    if alert.cause:
        label = "Result" if alert.state == "passed" else "Likely cause"
        lines.append(f"{label}: {' '.join(alert.cause.split())[:_CAUSE_LENGTH]}")
    return lines


def _before(alert: Alert) -> str:
    return f"but a newer run says {alert.previous}" if alert.late else f"before: {alert.previous}"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _links(alert: Alert, ui_url: str) -> dict[str, str]:
    links = {"Run": f"{ui_url}/runs/{quote(alert.run_id, safe='')}"} if alert.run_id else {}
    if alert.asset:
        query = urlencode({"view": "partitions", "partition": alert.partition})
        links = {"Asset": f"{ui_url}/assets/{quote(alert.asset)}?{query}"} | links
    return links
