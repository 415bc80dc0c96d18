"""Naming people of a cast, and nobody else."""
