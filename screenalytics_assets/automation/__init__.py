"""What Dagster runs without a user: jobs, sensors, the nightly schedule and the automation conditions.

Modules here connect Dagster to plain code. Which episodes need a run is decided in `library`, and which check results
are worth an alert in `alerting`.
"""
