"""Error handling inside a step: invalid input fails immediately, transient infrastructure errors are retried."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom

from dagster import Failure, RetryRequested

from screenalytics_resources.errors import UserError
from screenalytics_resources.transient import is_transient

MAX_RETRIES = 3
FIRST_WAIT_S = 10.0
"""Wait before the first retry, in seconds. It doubles with each retry; together the waits take about a minute."""
JITTER = 0.5
"""Largest share of a wait that is randomly left out. It keeps steps that failed together from retrying together."""


@contextmanager
def step_errors(retry_number: int) -> Iterator[None]:
    """Have Dagster retry the step after a transient error, and fail immediately on a problem only the user can fix.

    All other errors pass through unchanged and fail the step. `retry_number` is the number of earlier attempts. A
    step that waits for a retry occupies no slot of its pool.
    """
    try:
        yield
    except Exception as error:
        if retry_number < MAX_RETRIES and is_transient(error):
            raise RetryRequested(MAX_RETRIES, wait_s(retry_number, SystemRandom().random())) from error
        if isinstance(error, UserError):
            raise Failure(description=str(error), allow_retries=False) from error
        raise


def wait_s(retry_number: int, random: float) -> float:
    """Return the wait before the next retry after `retry_number` retries, in seconds. `random` is in [0, 1)."""
    return FIRST_WAIT_S * 2.0**retry_number * (1.0 - JITTER * random)
