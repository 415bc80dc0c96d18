"""Notifiers: the ways to send an alert, each of which delivers one message or reports why it could not.

A new channel belongs here, and `configured.py` builds it from the environment. Deciding what to send, and when to
retry, does not: that code is in `screenalytics_assets/alerting`, and the Dagster sensors are in
`screenalytics_assets/automation`.
"""
