"""Results of the asset checks that a run evaluated."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screenalytics_assets.dagster_support.outcome import holds_back

if TYPE_CHECKING:
    from dagster import DagsterInstance, JobDefinition


@dataclass(frozen=True)
class CheckResult:
    """One evaluated asset check. If `blocking`, its failure holds back what is downstream."""

    asset: str
    name: str
    passed: bool
    severity: str
    """`WARN` or `ERROR`: how serious a failure is."""
    description: str
    blocking: bool

    @property
    def blocks(self) -> bool:
        """Whether this result holds back what is downstream."""
        return self.blocking and holds_back(self.passed, self.severity)


def check_results(instance: "DagsterInstance", run_id: str, job: "JobDefinition") -> Iterator[CheckResult]:
    """Yield the result of every check that a run evaluated, in the order of evaluation."""
    from dagster import DagsterEventType

    graph = job.asset_layer.asset_graph
    specs = {key: graph.get_check_spec(key) for key in graph.asset_check_keys}
    for entry in instance.all_logs(run_id, of_type=DagsterEventType.ASSET_CHECK_EVALUATION):
        if entry.dagster_event is not None:
            evaluation = entry.dagster_event.asset_check_evaluation_data
            yield CheckResult(
                asset=evaluation.asset_key.path[-1],
                name=evaluation.check_name,
                passed=evaluation.passed,
                severity=evaluation.severity.value,
                description=evaluation.description or "",
                blocking=specs[evaluation.asset_check_key].blocking,
            )
