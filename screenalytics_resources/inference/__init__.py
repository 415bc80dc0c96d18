"""Model inference: model packs, execution providers, face detection, alignment and recognition on NumPy arrays.

Nothing here knows Dagster, files of an episode or settings: the stages in `screenalytics_assets` call the engine and
store its results. Values such as thresholds belong in `config/packs`, and the code that finds them belongs in
`screenalytics_assets.calibration`.
"""
