"""Decisions of people: speed of the log, and what remains when many processes write and are killed."""
