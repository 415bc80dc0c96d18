"""Accuracy on real clips with labelled boxes and on the hard level of simulated television, against other methods."""
