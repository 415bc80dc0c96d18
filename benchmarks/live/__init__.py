"""A live platform: web server and daemon in a folder of their own, for benchmarks and for tests of the complete system.

Measurements with it belong in `benchmarks/faults` and `benchmarks/library`, tests in `tests`.
"""
