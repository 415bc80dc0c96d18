"""Automation conditions that Dagster lacks: checks by severity, and a condition that holds twice in a row.

Dagster evaluates its own conditions in the daemon, and conditions of a project in the code server; see
`AUTOMATION_SENSOR`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dagster import AssetKey, AutomationCondition, AutomationContext, AutomationResult

from screenalytics_assets.dagster_support.internals import blocked_partitions, true_before, with_partition_keys

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class NotBlocked(AutomationCondition[AssetKey]):
    """True for the partitions of an asset that no blocking check holds back; see `blocked_partitions`.

    Dagster's `check_passed` ignores the severity, so it would hold back an episode with a warning.
    """

    @property
    def description(self) -> str:
        return "No blocking check has an error"

    @property
    def name(self) -> str:
        return "not_blocked"

    @property
    def requires_cursor(self) -> bool:
        return False

    def evaluate(self, context: AutomationContext[AssetKey]) -> AutomationResult[AssetKey]:
        graph, candidates = context.asset_graph, context.candidate_subset
        checks = [key for key in graph.get(context.key).check_keys if graph.get(key).blocking]
        keys = candidates.expensively_compute_partition_keys()
        blocked = blocked_partitions(context.asset_graph_view.instance, checks, keys) if keys else set()
        return AutomationResult(context, candidates.compute_difference(with_partition_keys(context, blocked)))


@dataclass(frozen=True)
class Settled(AutomationCondition[AssetKey]):
    """True for the partitions for which `ready` is true at two evaluations in a row, or now together with `at_once`."""

    ready: AutomationCondition[Any]
    at_once: AutomationCondition[Any]
    label: str

    @property
    def children(self) -> "Sequence[AutomationCondition[Any]]":
        return [self.ready, self.at_once]

    @property
    def description(self) -> str:
        return "True twice in a row, or at once"

    @property
    def name(self) -> str:
        return "SETTLED"

    def get_label(self) -> str | None:
        return self.label

    async def evaluate(  # type: ignore[override]  # Dagster also awaits a coroutine
        self, context: AutomationContext[AssetKey]
    ) -> AutomationResult[AssetKey]:
        everything = context.asset_graph_view.get_full_subset(key=context.key)
        ready = await context.for_child_condition(self.ready, [0], everything).evaluate_async()
        at_once = await context.for_child_condition(self.at_once, [1], ready.true_subset).evaluate_async()
        settled = ready.true_subset.compute_intersection(true_before(context))
        return AutomationResult(
            context,
            settled.compute_union(at_once.true_subset),
            child_results=[ready, at_once],
            structured_cursor=ready.true_subset.convert_to_serializable_subset(),
        )
