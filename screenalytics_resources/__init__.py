"""External resources of the asset graph: video, models, artifact files, storage, locks, the face bank and alerts.

Assets, checks, their algorithms and settings belong in `screenalytics_assets`, and commands in `screenalytics_app`.
This package imports neither of them.
"""
