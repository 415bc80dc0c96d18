"""Which results cause an alert: each change of the state of a check, or of the outcome of an episode's runs.

A state is `passed`, `WARN` or `ERROR`. A check that was never evaluated counts as passed, so a first success causes no
alert.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from screenalytics_resources.episode_id import is_ep_id, is_show, parse_ep_id

State = Literal["passed", "WARN", "ERROR"]


class Key(NamedTuple):
    """Identifies what has a state: a check of an asset, for an episode or a show, or the outcome of a job's runs.

    A run's outcome has a job and no asset; everything else has no job. What belongs to no episode or show has its name
    as `partition`: a refused file its path below the data root, a sensor or schedule its kind and name, an invalid
    partition key itself.
    """

    partition: str
    asset: str
    check: str
    job: str = ""


@dataclass(frozen=True)
class Evaluation:
    """Result of a check, or outcome of a run. `run_id` is empty if no run reported it. `at`: seconds since 1970."""

    key: Key
    state: State
    cause: str
    run_id: str
    at: float
    value: float | str | None = None
    limit: float | str | None = None


class Known(NamedTuple):
    """Newest known state of a key, and the time of its evaluation."""

    state: State
    at: float


NEVER = Known("passed", float("-inf"))


@dataclass(frozen=True)
class Alert:
    """One change of state. `late`: a newer result, of state `previous`, was recorded before this one."""

    id: str
    show: str
    partition: str
    asset: str
    check: str
    state: State
    previous: State
    late: bool
    value: float | str | None
    limit: float | str | None
    cause: str
    run_id: str
    at: float
    job: str = ""
    """Job whose run ended; empty for a check. Alerts that earlier releases queued lack it."""


def alert_of(evaluation: Evaluation, previous: State, late: bool = False) -> Alert:
    """Return the alert for `evaluation` after the state `previous`. Equal evaluations get equal ids."""
    key = evaluation.key
    identity = "\0".join((*key, evaluation.run_id, evaluation.state, repr(evaluation.at)))
    return Alert(
        id=hashlib.sha256(identity.encode()).hexdigest()[:32],
        show=_show(key.partition),
        partition=key.partition,
        asset=key.asset,
        check=key.check,
        state=evaluation.state,
        previous=previous,
        late=late,
        value=evaluation.value,
        limit=evaluation.limit,
        cause=evaluation.cause,
        run_id=evaluation.run_id,
        at=evaluation.at,
        job=key.job,
    )


def _show(partition: str) -> str:
    if is_ep_id(partition):
        return parse_ep_id(partition).show
    return partition if is_show(partition) else ""


def transitions(previous: Mapping[Key, Known], evaluations: Iterable[Evaluation]) -> list[Alert]:
    """Return an alert for each change of state, in order of time.

    Evaluations may arrive late, because runs are not always processed in order. A late failure causes an alert marked
    `late`, a late success causes none.
    """
    known = dict(previous)
    alerts: list[Alert] = []
    for evaluation in sorted(evaluations, key=lambda evaluation: evaluation.at):
        before = known.get(evaluation.key, NEVER)
        if evaluation.at > before.at:
            known[evaluation.key] = Known(evaluation.state, evaluation.at)
            if evaluation.state != before.state:
                alerts.append(alert_of(evaluation, before.state))
        elif evaluation.state not in ("passed", before.state):
            alerts.append(alert_of(evaluation, before.state, late=True))
    return alerts


def newest(evaluations: Iterable[Evaluation]) -> dict[Key, Known]:
    """Return the newest state of each key."""
    by_time = sorted(evaluations, key=lambda evaluation: evaluation.at)
    return {evaluation.key: Known(evaluation.state, evaluation.at) for evaluation in by_time}
