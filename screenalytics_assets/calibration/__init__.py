"""Calibration of a model pack: its thresholds are chosen on some labelled people and reported on held-out people.

Metrics of the identities of an episode belong in `screenalytics_assets/identity_evaluation`, and the use of the
thresholds in `identities` and `cast`. The command `screenalytics calibrate` belongs in `screenalytics_app`.
"""
