"""Ties: how far below a threshold a similarity still counts as equal to it."""

TIE = 1e-6
"""Cosine similarity. Larger than the rounding of float32 unit rows (about 1e-7), which must not decide whether a pair
exactly at the threshold merges."""
