"""Decisions that people make about the identities of an episode: records, log in the database, and mirror file."""
