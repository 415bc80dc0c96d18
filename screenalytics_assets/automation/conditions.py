"""When Dagster makes an asset by itself: once what it is made from has changed, and has passed its blocking checks.

Changed means another data version: an upstream asset that was made again with an equal result wakes nobody. A bad
episode holds its own downstream and nobody else's. A change of settings, pack or code wakes nobody either, since it
would make the whole library again at once: it shows as stale, and the nightly backfill makes it again bit by bit.

What a run was to make itself is left to that run and its retries. So being missing is no reason either: every asset of
a new episode is missing until its run has made it.
"""

from dagster import AssetSelection, AutomationCondition, AutomationConditionSensorDefinition, DefaultSensorStatus

from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.run_tags import STARTED_BY_TAG

AUTOMATED = tuple(name for name, row in ARTIFACTS.items() if row.automated)
"""Assets that follow their upstream assets."""

CHANGED_ALONE = (
    AutomationCondition.data_version_changed()
    & ~AutomationCondition.all_new_updates_have_run_tags(tag_keys={STARTED_BY_TAG})
    & ~AutomationCondition.executed_with_root_target()
).with_label("changed_alone")
"""An upstream asset changed in a run that does not make the asset in question as well.

For runs without the tag, those of the UI, Dagster tells so only of the last episode that changed.
"""

READY = (
    AutomationCondition.any_deps_match(CHANGED_ALONE | AutomationCondition.will_be_requested()).since_last_handled()
    & ~AutomationCondition.any_deps_missing()
    & ~AutomationCondition.any_deps_in_progress()
    & ~AutomationCondition.in_progress()
    & AutomationCondition.all_deps_blocking_checks_passed()
).with_label("ready")

UPSTREAM_CHANGED = (
    READY & (~READY.newly_true() | AutomationCondition.any_deps_match(AutomationCondition.will_be_requested()))
).with_label("upstream_changed")
"""Ready for the second time, or with what it waits for.

What a run makes while Dagster evaluates is not in progress any more and not yet seen as made, so it seems ready once.
"""

AUTOMATION_SENSOR = AutomationConditionSensorDefinition(
    "automation",
    target=AssetSelection.assets(*AUTOMATED),
    description="Makes what is out of date because something upstream has changed.",
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
)
