"""Tags of runs."""

PARTITION_TAG = "dagster/partition"
"""Names the run's episode or its show."""

STARTED_BY_TAG = "screenalytics/started_by"
"""Who started the run: the sensor, the schedule or the command line. Each of them makes all that is downstream of what
it makes; a retry keeps the tag."""
