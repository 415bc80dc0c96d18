"""Model inference: model packs, execution providers, face detection, alignment and recognition on NumPy arrays.

This package knows nothing about Dagster, episodes or settings. The stages in `screenalytics_assets` call the engine
and store its results. Thresholds belong in `config/packs`, and the code that finds them in
`screenalytics_assets.calibration`.
"""
