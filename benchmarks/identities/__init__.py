"""Accuracy and cost of the clustering, on labelled photos, simulated television, real clips and synthetic tracks.

Other clustering algorithms to compare with belong here. Calibration of a pack's thresholds belongs in
`screenalytics_assets/calibration`, metrics in `screenalytics_assets/identity_evaluation`.
"""
