"""Kills of runs, of the daemon and of all processes on a live platform, and the state that they leave.

The platform itself belongs in `benchmarks/live`. Tests of single failures belong in `tests`.
"""
