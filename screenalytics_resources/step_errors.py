"""What becomes of an error within a step: bad input fails at once, a fault of the infrastructure is tried again."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import SystemRandom

from dagster import Failure, RetryRequested

from screenalytics_resources.errors import UserError
from screenalytics_resources.transient import is_transient

MOST_RETRIES = 3
FIRST_WAIT_S = 10.0
"""Wait before the first retry, s; it doubles with each, so that all of them span about a minute."""
JITTER = 0.5
"""Largest part of a wait that is left out by chance, so that steps that failed together do not return together."""


@contextmanager
def step_errors(retry_number: int) -> Iterator[None]:
    """Ask Dagster to try the step again after a fault that may pass; fail at once with what only the user can mend.

    Everything else goes through as it is and fails the step. `retry_number` is how often it was tried before.
    While a step waits for its next try, it holds no slot of its pool.
    """
    try:
        yield
    except Exception as error:
        if retry_number < MOST_RETRIES and is_transient(error):
            raise RetryRequested(MOST_RETRIES, wait_s(retry_number, SystemRandom().random())) from error
        if isinstance(error, UserError):
            raise Failure(description=str(error), allow_retries=False) from error
        raise


def wait_s(retry_number: int, chance: float) -> float:
    """Wait before the retry after `retry_number` others, s; `chance` is in [0, 1)."""
    return FIRST_WAIT_S * 2.0**retry_number * (1.0 - JITTER * chance)
