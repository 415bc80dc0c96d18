"""When a check's result is news: an alert tells that the state of a check, or of an episode's runs, changed.

A state is `passed`, `WARN` or `ERROR`. What was never evaluated counts as passed, so that a first success is
no news.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from screenalytics_resources.episode_id import is_ep_id, parse_ep_id

State = Literal["passed", "WARN", "ERROR"]


class Key(NamedTuple):
    """What has a state: a check of an asset, for an episode or show; a run's outcome has no asset.

    A file, which belongs to neither, has its path below the data root for a partition.
    """

    partition: str
    asset: str
    check: str


@dataclass(frozen=True)
class Evaluation:
    """What one run said of one check, or of itself; what no run said has no `run_id`. `at` is in seconds since 1970."""

    key: Key
    state: State
    cause: str
    run_id: str
    at: float
    value: float | str | None = None
    limit: float | str | None = None


class Known(NamedTuple):
    """The newest state of a key, and when it was evaluated."""

    state: State
    at: float


NEVER = Known("passed", float("-inf"))


@dataclass(frozen=True)
class Alert:
    """One change of state. `late` marks a result that a newer one, of state `previous`, had already replaced."""

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


def alert_of(evaluation: Evaluation, previous: State, late: bool = False) -> Alert:
    """The alert that `evaluation` gives after `previous`; the same evaluation always gets the same id."""
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
    )


def _show(partition: str) -> str:
    if is_ep_id(partition):
        return parse_ep_id(partition).show
    return "" if "/" in partition else partition


def transitions(previous: Mapping[Key, Known], evaluations: Iterable[Evaluation]) -> list[Alert]:
    """Alerts for what changed, in order of time.

    Runs may be looked at out of order. A late failure that nobody heard of is told as such; a late success is
    no news.
    """
    known = dict(previous)
    alerts: list[Alert] = []
    for evaluation in sorted(evaluations, key=lambda one: one.at):
        before = known.get(evaluation.key, NEVER)
        if evaluation.at > before.at:
            known[evaluation.key] = Known(evaluation.state, evaluation.at)
            if evaluation.state != before.state:
                alerts.append(alert_of(evaluation, before.state))
        elif evaluation.state not in ("passed", before.state):
            alerts.append(alert_of(evaluation, before.state, late=True))
    return alerts


def newest(evaluations: Iterable[Evaluation]) -> dict[Key, Known]:
    """The last state of every key."""
    return {one.key: Known(one.state, one.at) for one in sorted(evaluations, key=lambda one: one.at)}
