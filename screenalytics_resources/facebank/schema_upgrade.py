"""Upgrade of the cast database to the newest table layout."""

from sqlalchemy import Connection, text

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import SCHEMA
from screenalytics_resources.one_migration import ONE_MIGRATION

HEAD = "0003"
"""Newest migration. It is repeated here so that opening an up-to-date database does not import Alembic."""


def upgrade_schema(connection: Connection) -> None:
    """Run the missing migrations in the caller's transaction, which must hold the upgrade lock.

    Raises:
        UserError: a newer release created the tables.
    """
    current = _revision(connection)
    if current == HEAD:
        return
    if current is not None and current > HEAD:
        raise UserError(
            f"The cast database was created by a newer release (version {current}, but this release only knows "
            f"{HEAD}): update Screenalytics."
        )
    _run_migrations(connection)


def _revision(connection: Connection) -> str | None:
    table = f"{SCHEMA}.alembic_version"
    if connection.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar() is None:
        return None
    version = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608 - a constant
    return None if version is None else str(version)


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "screenalytics_resources.facebank:migrations")
    with ONE_MIGRATION:
        command.upgrade(config, "head")
