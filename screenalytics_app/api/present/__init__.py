"""Builds the bodies of answers from what the actions return."""
