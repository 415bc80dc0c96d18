"""A code location with one asset, which hangs, fails its guardrail or refuses its input, depending on its partition."""

import os
import time
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    Definitions,
    DynamicPartitionsDefinition,
    MaterializeResult,
    asset,
    define_asset_job,
    in_process_executor,
)

from screenalytics_resources.errors import UserError
from screenalytics_resources.step_errors import step_errors


@asset(
    partitions_def=DynamicPartitionsDefinition(name="episodes"),
    check_specs=[AssetCheckSpec("guardrail", asset="things", blocking=True)],
    pool="inference",
)
def things(context: AssetExecutionContext):  # type: ignore[no-untyped-def]
    with step_errors(context.retry_number):
        attempts = Path(os.environ["FAULTY_FOLDER"]) / context.partition_key
        with attempts.open("a") as file:
            file.write(f"{os.getpid()}\n")
        first = len(attempts.read_text().splitlines()) == 1
        if (context.partition_key == "killed-s01e01" and first) or context.partition_key == "hanging-s01e01":
            time.sleep(600)
        if context.partition_key == "refused-s01e01":
            raise UserError("refused-s01e01 has no video. Add one.")
        passed = context.partition_key != "guardrail-s01e01"
        return MaterializeResult(check_results=[AssetCheckResult(check_name="guardrail", passed=passed)])


defs = Definitions(assets=[things], jobs=[define_asset_job("faulty", [things])], executor=in_process_executor)
