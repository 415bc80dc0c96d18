"""Names of run tags."""

PARTITION_TAG = "dagster/partition"
"""The run's episode or show."""

STARTED_BY_TAG = "screenalytics/started_by"
"""Origin of the run: the sensor, the schedule or the command line. A run from any of them also materializes everything
downstream of its assets. A retry keeps the tag."""

COMMAND_LINE = "command line"
"""Origin of a run that the command line executes in its own process."""
VIDEO_TAG = "screenalytics/video"
"""Quick digest of the episode's video when the run was requested."""

JOB_TAG = "screenalytics/job_id"
"""Job of the HTTP API that the run executes. A retry keeps the tag."""
