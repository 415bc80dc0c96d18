"""The automation's evaluation as Dagster's daemon makes it.

Dagster's `evaluate_automation_conditions` asks the instance for its partitions anew at every node of every condition,
the daemon once an evaluation: ten times the time with a thousand episodes.
"""

import logging

from dagster import AssetSelection, DagsterInstance, RunRequest
from dagster._core.definitions.asset_daemon_cursor import AssetDaemonCursor
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.definitions.automation_tick_evaluation_context import AutomationTickEvaluationContext

from screenalytics_assets.automation.conditions import AUTOMATED

_QUIET = logging.getLogger(__name__)


def evaluate_automation(
    graph: AssetGraph, instance: DagsterInstance, cursor: AssetDaemonCursor | None
) -> tuple[list[RunRequest], AssetDaemonCursor]:
    """The runs that one evaluation asks for, and where the next goes on; `None` is an evaluation without one before."""
    before = cursor or AssetDaemonCursor.empty()
    tick = AutomationTickEvaluationContext(
        evaluation_id=before.evaluation_id + 1,
        instance=instance,
        asset_graph=graph,
        cursor=before,
        materialize_run_tags={},
        observe_run_tags={},
        auto_observe_asset_keys=set(),
        asset_selection=AssetSelection.assets(*AUTOMATED),
        logger=_QUIET,
        emit_backfills=False,
    )
    requests, after, _ = tick.evaluate()
    return list(requests), after
