"""A week of a library in about an hour: daemon and command line with every kind of fault, and what remains at the end.

Kills alone belong in `benchmarks/faults`. Tests of single faults belong in `tests`.
"""
