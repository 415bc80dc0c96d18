"""All episodes of a data root together: new video files, the state of each episode, and the plan of a backfill.

Nothing here imports Dagster or starts a run: sensors and schedules belong in `automation`. Whether one artifact is out
of date is decided in `lineage`.
"""
