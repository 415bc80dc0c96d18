"""Calibration: a model pack's thresholds, found on the samples of some people and reported on those of others."""
