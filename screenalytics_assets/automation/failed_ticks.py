"""Sensors and schedules whose last tick failed. Dagster shows that in its UI only."""

from collections.abc import Sequence

from dagster import DagsterInstance

from screenalytics_assets.dagster_support.internals import TickError, last_ticks
from screenalytics_resources.errors import UserError


def failing_instigators(instance: DagsterInstance) -> tuple[dict[str, str], set[str]]:
    """Return the reason by sensor or schedule whose last tick failed, and those that are switched off.

    Names are such as `sensor new_episodes`, because a name alone could be mistaken for a show.
    """
    newest = {f"{tick.kind} {tick.name}": tick for tick in sorted(last_ticks(instance), key=lambda tick: tick.at)}
    failing = {name: _reason(name, tick.errors) for name, tick in newest.items() if tick.on and tick.failed}
    return failing, {name for name, tick in newest.items() if not tick.on}


def _reason(name: str, errors: Sequence[TickError]) -> str:
    """Return the cause of a failed tick. Only the text of a `UserError` is meant for users and free of secrets."""
    for_users = {"UserError", *(kind.__name__ for kind in UserError.__subclasses__())}
    sentences = [error.text for error in errors if error.kind in for_users]
    if sentences:
        return sentences[0]
    cause = errors[-1].kind if errors else "unknown error"
    return f"The last tick of the {name} failed ({cause}). Its page under Automation in the UI shows the error."
