"""Bringing the tables of the cast database up to date."""

from sqlalchemy import Connection, text

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.models import SCHEMA

HEAD = "0001"
"""The newest migration; kept here so that opening a database that is up to date does not load Alembic."""


def upgrade_schema(connection: Connection) -> None:
    """Run the migrations that the database lacks, in the caller's transaction, which holds the lock for it.

    Raises:
        UserError: the tables were made by a newer release.
    """
    found = _revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise UserError(
            f"The cast database was created by a newer release (version {found}, but this release only knows {HEAD}): "
            f"update Screenalytics."
        )
    _run_migrations(connection)


def _revision(connection: Connection) -> str | None:
    table = f"{SCHEMA}.alembic_version"
    if connection.execute(text("SELECT to_regclass(:table)"), {"table": table}).scalar() is None:
        return None
    found = connection.execute(text(f"SELECT version_num FROM {table}")).scalar()  # noqa: S608 - a constant
    return None if found is None else str(found)


def _run_migrations(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", "screenalytics_resources.facebank:migrations")
    command.upgrade(config, "head")
