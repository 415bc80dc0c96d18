"""Measurements of speed, memory and accuracy, always next to a baseline; results are in `benchmarks/results`.

The modules here measure the complete job against its floor and against a naive pipeline; each subfolder measures one
subject. Correctness belongs in `tests`, and code that the product needs belongs in the `screenalytics_*` packages.
"""
