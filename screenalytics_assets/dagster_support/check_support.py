"""Asset checks as Dagster steps: one step per asset, one result per check, with evidence."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    DynamicPartitionsDefinition,
    Failure,
    MetadataValue,
    PreviewWarning,
    multi_asset_check,
)

from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.step_errors import step_errors

T = TypeVar("T")


@dataclass(frozen=True)
class Check(Generic[T]):
    """One check: a name that states what is true when it passes, and a pure function of the loaded data."""

    name: str
    description: str
    judge: Callable[[T], Outcome]
    blocking: bool = False


def asset_checks(
    asset: str,
    load: Callable[[ArtifactStore, str], T],
    checks: Sequence[Check[T]],
    partitions: DynamicPartitionsDefinition = EPISODES,
) -> AssetChecksDefinition:
    """Return the checks of `asset` as one step per partition.

    `load` returns the data that the checks judge. If it raises for a damaged artifact or invalid settings, every check
    fails with that message, because none can be evaluated.
    """

    @multi_asset_check(
        name=f"{asset}_checks", specs=[_spec(asset, check, partitions) for check in checks], can_subset=True
    )
    def run_checks(context: AssetCheckExecutionContext, store: StoreResource) -> Iterator[AssetCheckResult]:
        ep_id = context.partition_key
        selected = {key.name for key in context.selected_asset_check_keys}
        try:
            with step_errors(context.retry_number):
                loaded = load(store.store(), ep_id)
        except Failure as failure:
            damage = Outcome(False, failure.description or "")
            yield from (_result(asset, check.name, damage) for check in checks if check.name in selected)
            return
        for check in checks:
            if check.name in selected:
                yield _result(asset, check.name, check.judge(loaded))

    return run_checks


def _spec(asset: str, check: Check[Any], partitions: DynamicPartitionsDefinition) -> AssetCheckSpec:
    with warnings.catch_warnings():
        # The parameter is a preview feature. It is safe to use because the version of dagster is pinned exactly.
        warnings.simplefilter("ignore", PreviewWarning)
        return AssetCheckSpec(
            check.name,
            asset=asset,
            description=check.description,
            blocking=check.blocking,
            partitions_def=partitions,  # without it a check would run for all episodes at once
        )


def _result(asset: str, name: str, outcome: Outcome) -> AssetCheckResult:
    metadata: dict[str, Any] = dict(outcome.metadata)
    if outcome.evidence:
        metadata["evidence"] = MetadataValue.json(list(outcome.evidence))
    return AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=outcome.passed,
        severity=AssetCheckSeverity[outcome.severity],
        description=outcome.description,
        metadata=metadata,
    )
