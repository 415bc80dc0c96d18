"""The asset graph: assets, checks, settings and automation.

Each artifact has a folder with its asset, its checks and its algorithm. The other folders hold what several artifacts
share. Video, models, storage and locks belong in `screenalytics_resources`, the command line in `screenalytics_app`.
"""
