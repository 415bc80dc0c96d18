"""Alerts about changed check results: when one is due, the ledger that queues it, its text and its delivery.

Nothing here imports Dagster: the sensors that feed the ledger are in `automation.alerts`. Channels such as mail and
webhooks belong in `screenalytics_resources.notifiers`.
"""
