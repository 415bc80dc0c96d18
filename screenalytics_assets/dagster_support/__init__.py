"""Dagster code that several assets or checks share, and adapters to Dagster's launcher, run queue and private modules.

Code about a single artifact belongs in that artifact's folder, sensors, schedules and jobs belong in `automation`, and
Dagster resources in `screenalytics_resources.dagster_resources`.
"""
