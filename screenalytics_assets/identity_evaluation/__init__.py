"""The asset `identity_evaluation`: metrics of an episode's identities against ground truth or a reviewed sample.

The format of a truth file and the records of the result belong in `screenalytics_assets/contract`; the command
`screenalytics evaluate` belongs in `screenalytics_app`. Choosing thresholds from labelled people belongs in
`screenalytics_assets/calibration`.
"""
