"""Minimum time between two evaluations of a sensor, from the environment."""

import os

from screenalytics_resources.errors import UserError

INTERVAL_VARIABLE = "SCREENALYTICS_SENSOR_INTERVAL_S"
DEFAULT_INTERVAL_S = 30
MAX_INTERVAL_S = 3600


def requested_interval_s() -> int:
    """Return the interval that the environment requests, s. Raises `UserError` if it is invalid."""
    text = os.environ.get(INTERVAL_VARIABLE) or str(DEFAULT_INTERVAL_S)
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
    if not 1 <= seconds <= MAX_INTERVAL_S:
        raise UserError(
            f"{INTERVAL_VARIABLE} = {text!r} is not a valid number of seconds. Use a whole number from 1 to "
            f"{MAX_INTERVAL_S}, such as {DEFAULT_INTERVAL_S}."
        )
    return seconds


def usable_interval_s() -> int:
    """Return the interval that the environment requests, s, or the default if it is invalid.

    An invalid value must not keep the graph from loading. Each tick of `alert_outbox` reports it.
    """
    try:
        return requested_interval_s()
    except UserError:
        return DEFAULT_INTERVAL_S


SENSOR_INTERVAL_S = usable_interval_s()
"""Interval of every sensor, s. Dagster reads it when the code location loads."""
