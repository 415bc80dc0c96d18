"""Conditions under which Dagster builds an asset automatically.

An asset is built after an upstream asset has changed, unless a blocking check holds that back. Changed means a new data
version: an upstream asset that was rebuilt with an equal result triggers nothing. A failed episode blocks only its own
downstream assets. A change of settings, pack or code triggers nothing, because it would rebuild the whole library at
once: the assets show as stale, and the nightly backfill rebuilds them in portions.

An asset that a run was going to build is left to that run and its retries. For the same reason a missing asset triggers
nothing: every asset of a new episode is missing until its run has built it.
"""

import warnings

from dagster import AssetSelection, AutomationCondition, AutomationConditionSensorDefinition, DefaultSensorStatus
from dagster_shared.utils.warnings import BetaWarning

from screenalytics_assets.automation.custom_conditions import NotBlocked, Settled
from screenalytics_assets.automation.sensor_interval import SENSOR_INTERVAL_S
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.run_tags import STARTED_BY_TAG

AUTOMATED = tuple(name for name, row in ARTIFACTS.items() if row.automated)
"""Assets that are built automatically after their upstream assets changed."""

CHANGED_ALONE = (
    AutomationCondition.data_version_changed()
    & ~AutomationCondition.all_new_updates_have_run_tags(tag_keys={STARTED_BY_TAG})
    & ~AutomationCondition.executed_with_root_target()
).with_label("changed_alone")
"""An upstream asset changed in a run that does not also build the asset in question.

For runs without the tag, which are those started in the UI, Dagster evaluates this only for the last changed episode.
"""

READY = (
    AutomationCondition.any_deps_match(CHANGED_ALONE | AutomationCondition.will_be_requested()).since_last_handled()
    & ~AutomationCondition.any_deps_missing()
    & ~AutomationCondition.any_deps_in_progress()
    & ~AutomationCondition.in_progress()
    & AutomationCondition.all_deps_match(NotBlocked() | AutomationCondition.will_be_requested())
).with_label("ready")

UPSTREAM_CHANGED = Settled(
    READY, AutomationCondition.any_deps_match(AutomationCondition.will_be_requested()), "upstream_changed"
)
"""Ready at two evaluations in a row, or ready together with a requested upstream asset.

An asset that a run builds during an evaluation is no longer in progress but not yet recorded as built, so it can appear
ready once.
"""

with warnings.catch_warnings():
    # use_user_code_server is marked as beta. The daemon itself evaluates only conditions that Dagster brings.
    warnings.simplefilter("ignore", BetaWarning)
    AUTOMATION_SENSOR = AutomationConditionSensorDefinition(
        "automation",
        target=AssetSelection.assets(*AUTOMATED),
        description="Builds assets whose upstream assets have changed.",
        default_status=DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=SENSOR_INTERVAL_S,
        use_user_code_server=True,
    )
