"""What a user can ask of the platform, as plain functions: run, backfill, cleanup, cast, evaluate, calibrate, status.

An action takes a request and a store, and returns a frozen result record. It prints nothing, never exits, and reports a
problem as a `UserError`. The command line is one caller; an HTTP API can be another, so nothing here imports a command
line or web framework: commands, tables and progress bars belong in `screenalytics_app.cli`. Algorithms, assets and
checks belong in `screenalytics_assets`; models, files, locks and the cast database in `screenalytics_resources`.
"""
