"""When Dagster makes an asset by itself: once what it is made from has changed, and has passed its blocking checks.

Changed means another data version: an upstream asset that was made again with an equal result wakes nobody. A bad
episode holds its own downstream and nobody else's. A change of settings, pack or code wakes nobody either, since it
would make the whole library again at once: it shows as stale, and the nightly backfill makes it again bit by bit.
"""

from dagster import AssetSelection, AutomationCondition, AutomationConditionSensorDefinition, DefaultSensorStatus

AUTOMATED = (
    "tracks",
    "faces",
    "track_embeddings",
    "identities",
    "cast_assignments",
    "track_reps",
    "identity_evaluation",
)
"""Assets that follow their upstream; what is made on demand, or from a whole show, does not."""

UPSTREAM_CHANGED = (
    AutomationCondition.eager().replace("newly_updated", AutomationCondition.data_version_changed())
    & AutomationCondition.all_deps_blocking_checks_passed()
).with_label("upstream_changed")

AUTOMATION_SENSOR = AutomationConditionSensorDefinition(
    "automation",
    target=AssetSelection.assets(*AUTOMATED),
    description="Makes what is out of date because something upstream has changed.",
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
)
