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
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.dagster_resources import StoreResource
from screenalytics_resources.step_errors import step_errors

T = TypeVar("T")
CHECK_JOB = "check_episode"
"""Job that evaluates the checks of an episode on its stored artifacts."""


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
    fails with that message, because none can be evaluated. The job of checks alone skips an artifact that is not made
    yet: a guardrail may hold it back.
    """

    @multi_asset_check(
        name=f"{asset}_checks", specs=[_spec(asset, check, partitions) for check in checks], can_subset=True
    )
    def run_checks(context: AssetCheckExecutionContext, store: StoreResource) -> Iterator[AssetCheckResult]:
        if not context.has_partition_key:
            raise Failure(description=_no_partition(asset), allow_retries=False)
        ep_id = context.partition_key
        if context.run.job_name == CHECK_JOB and not _is_made(store.store(), asset, ep_id):
            context.log.info(f"{asset} of {ep_id} is not made yet, so its checks are skipped.")
            return
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


def _no_partition(asset: str) -> str:
    """Return what to do instead of a run without a partition, which is what "Execute all" of the web UI starts."""
    if ARTIFACTS[asset].scope == "show":
        return (
            f"Checks of {asset} need a show, and this run has none. Run `screenalytics season --show S`, or materialize"
            f" {asset} for the show."
        )
    return (
        f"Checks of {asset} need an episode, and this run has none. Run `screenalytics check --ep-id E`, or launch the "
        f"job {CHECK_JOB} for the episode."
    )


def _is_made(store: ArtifactStore, asset: str, ep_id: str) -> bool:
    return store.manifest(ep_id, ARTIFACTS[asset].spec.file).exists()


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
