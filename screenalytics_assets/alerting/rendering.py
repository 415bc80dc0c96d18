"""Text of an alert: state, place, value and limit, likely cause, and links."""

from dataclasses import asdict
from urllib.parse import quote, urlencode

from screenalytics_assets.alerting.alert import Alert
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.notifiers.notifier import Message

_CAUSE_LENGTH = 1000


def message_of(alert: Alert, ui_url: str) -> Message:
    """Return the message of an alert, with links to the user interface at `ui_url`."""
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
    check = f"{alert.check} ({alert.job})" if alert.job else alert.check
    subject = f"{alert.asset}: {check}" if alert.asset else check
    state = "Passed again" if alert.state == "passed" else alert.state
    return " - ".join(part for part in (state, alert.partition, subject) if part)


def _lines(alert: Alert) -> list[str]:
    lines = [f"State: {alert.state}, {_previous(alert)}"]
    if alert.show:
        lines.append(f"Show: {alert.show}")
    if alert.partition != alert.show:
        lines.append(f"{_kind(alert.partition)}: {alert.partition}")
    lines.append(f"Check: {alert.asset}, {alert.check}" if alert.asset else f"Check: {alert.check}")
    if alert.job:
        lines.append(f"Job: {alert.job}")
    if alert.value is not None:
        limit = "" if alert.limit is None else f", limit {_format_value(alert.limit)}"
        lines.append(f"Value: {_format_value(alert.value)}{limit}")
    if alert.cause:
        label = "Result" if alert.state == "passed" else "Likely cause"
        lines.append(f"{label}: {' '.join(alert.cause.split())[:_CAUSE_LENGTH]}")
    return lines


def _kind(partition: str) -> str:
    if is_ep_id(partition):
        return "Episode"
    if partition.startswith(("sensor ", "schedule ")):
        return "Automation"
    return "File" if partition.startswith("videos/") else "Partition"


def _previous(alert: Alert) -> str:
    return f"but a newer run reported {alert.previous}" if alert.late else f"before: {alert.previous}"


def _format_value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _links(alert: Alert, ui_url: str) -> dict[str, str]:
    """Return the pages of the check, of the asset's partition and of the run, as far as the alert has them.

    The page of a check cannot select a partition in its address, so the asset's partition is a link of its own.
    """
    links = {"Run": f"{ui_url}/runs/{quote(alert.run_id, safe='')}"} if alert.run_id else {}
    if alert.asset:
        page = f"{ui_url}/assets/{quote(alert.asset)}"
        check = urlencode({"view": "checks", "checkDetail": alert.check})
        partition = urlencode({"view": "partitions", "partition": alert.partition})
        links = {"Check": f"{page}?{check}", "Asset": f"{page}?{partition}"} | links
    return links
