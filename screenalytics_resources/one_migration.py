"""Alembic keeps the migration that runs in its modules, so threads of a process must not migrate at the same time."""

from threading import RLock

ONE_MIGRATION = RLock()
"""Held while this process prepares a database of the cast or of Dagster."""
