"""The last result of each asset check of an episode, as Dagster stored it. No check runs."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_resources.project import dagster_home

if TYPE_CHECKING:
    from dagster import DagsterInstance


@dataclass(frozen=True)
class LastCheck:
    """Last result of a check. `blocked`: it failed and holds back what is downstream."""

    asset: str
    name: str
    state: Literal["passed", "warned", "failed", "blocked"]
    message: str


def last_checks(ep_ids: Collection[str], only_failed: bool = False) -> Mapping[str, tuple[LastCheck, ...]]:
    """Return the results for each of these episodes, in the order of the graph; only failed ones are found faster.

    There are none for an episode that Dagster never checked, and none at all before this machine has an instance.
    """
    if not ep_ids or not (dagster_home() / "dagster.yaml").exists():
        return {}
    from screenalytics_assets.all_checks import CHECKS
    from screenalytics_assets.dagster_support.internals import last_evaluations
    from screenalytics_assets.lineage.artifact_table import EPISODE_ARTIFACTS

    keys = [key for check in CHECKS for key in check.check_keys if key.asset_key.path[-1] in EPISODE_ARTIFACTS]
    found = defaultdict(list)
    instance = _instance(str(dagster_home().resolve()))
    for ep_id, evaluation in last_evaluations(instance, keys, ep_ids, only_failed):
        found[ep_id].append(
            LastCheck(
                evaluation.asset_key.path[-1],
                evaluation.check_name,
                _state(evaluation.passed, evaluation.severity.value, bool(evaluation.blocking)),
                evaluation.description or "",
            )
        )
    return {ep_id: tuple(checks) for ep_id, checks in found.items()}


def _state(passed: bool, severity: str, blocking: bool) -> Literal["passed", "warned", "failed", "blocked"]:
    if passed:
        return "passed"
    if severity == "WARN":
        return "warned"
    return "blocked" if blocking else "failed"


@lru_cache(maxsize=1)
def _instance(home: str) -> "DagsterInstance":
    """Open the instance once per process, because that takes longer than the query."""
    return open_instance()
