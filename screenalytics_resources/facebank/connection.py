"""The engine of the cast database: the embedded server, or the one that `SCREENALYTICS_DATABASE_URL` names."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError, ProgrammingError

from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.facebank.database_errors import hide_values
from screenalytics_resources.facebank.embedded_server import running_server
from screenalytics_resources.facebank.schema_upgrade import upgrade_schema
from screenalytics_resources.facebank.server_process import DATABASE, PORT, USER

DATABASE_VARIABLE = "SCREENALYTICS_DATABASE_URL"
MIN_POSTGRESQL = 14
MIN_PGVECTOR = (0, 8)
"""pgvector 0.8.0 added iterative index scans. Without them a filtered search can return too few rows."""
_DRIVER = "postgresql+psycopg"
_UPGRADE_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended('facebank', 0))"


def is_embedded() -> bool:
    """Return whether the embedded database is in use."""
    return not os.environ.get(DATABASE_VARIABLE)


@contextmanager
def open_engine(root: str) -> Iterator[Engine]:
    """Yield an engine for the cast database of the data root `root`, after checking it and upgrading its tables.

    Raises:
        UserError: no server can be reached or started, the server refuses the login, PostgreSQL or pgvector is too old,
            a newer release created the tables, or `root` is object storage and no server is configured.
    """
    with _url(root) as url:
        engine = create_engine(url, pool_pre_ping=True, hide_parameters=True, connect_args={"connect_timeout": 10})
        hide_values(engine)
        try:
            prepare_database(engine)
            yield engine
        finally:
            engine.dispose()


def prepare_database(engine: Engine) -> None:
    """Check the server and upgrade the tables. Several processes may call this at the same time."""
    try:
        with engine.begin() as connection:
            check_postgresql(str(connection.scalar(text("SHOW server_version"))))
            connection.execute(text(_UPGRADE_LOCK))
            _ensure_pgvector(connection)
            upgrade_schema(connection)
    except OperationalError as error:
        raise connection_error(engine.url, error) from error
    except ProgrammingError as error:
        if not isinstance(error.orig, InsufficientPrivilege):
            raise
        raise UserError(
            f"User {engine.url.username} may not create tables in the database that {DATABASE_VARIABLE} names: grant "
            "that user CREATE."
        ) from error


@contextmanager
def _url(root: str) -> Iterator[URL]:
    configured = os.environ.get(DATABASE_VARIABLE)
    if configured:
        yield database_url(configured)
        return
    with running_server(_local_folder(root)) as sockets:
        yield URL.create(_DRIVER, USER, database=DATABASE, query={"host": str(sockets), "port": str(PORT)})


def database_url(configured: str) -> URL:
    """Return `configured` with the psycopg driver. The `UserError` never repeats the URL, which may hold a password.

    Of several `@`, only the user knows which one ends the password. A wrong guess would take the rest of the password
    for the host or the database, which messages show.
    """
    if configured.count("@") > 1:
        raise UserError(
            f"{DATABASE_VARIABLE} has more than one @, so it is unclear where the password ends: write each @ in the "
            "user, the password or the options as %40."
        )
    try:
        url = make_url(configured)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername.partition("+")[0] not in ("postgresql", "postgres"):
        raise UserError(
            f"{DATABASE_VARIABLE} does not name a PostgreSQL database: it must look like "
            "postgresql://user:password@host/database."
        )
    return url.set(drivername=_DRIVER)


def _local_folder(root: str) -> Path:
    if "://" in root and urlsplit(root).scheme not in ("file", "local"):
        raise UserError(
            f"{root} is object storage, which cannot hold the cast database: set {DATABASE_VARIABLE} to a PostgreSQL "
            f"server, or use a local folder as the data root."
        )
    return Path(urlsplit(root).path if "://" in root else root)


def check_postgresql(version: str) -> None:
    """Raise `UserError` if the server is too old. `version` is its own version string, such as `13.22 (Debian)`."""
    if int(re.split(r"\D", version)[0]) < MIN_POSTGRESQL:
        raise UserError(
            f"The cast database needs PostgreSQL {MIN_POSTGRESQL} or later, but the server runs "
            f"{version}: use a newer server."
        )


def _ensure_pgvector(connection: Connection) -> None:
    """Create the pgvector extension if needed. Raises `UserError` if the server has none or one that is too old."""
    row = connection.execute(
        text("SELECT installed_version, default_version FROM pg_available_extensions WHERE name = 'vector'")
    ).one_or_none()
    check_pgvector(None if row is None else row[0] or row[1])
    if row is not None and row[0] is None:
        try:
            connection.execute(text("CREATE EXTENSION vector"))
        except (OperationalError, ProgrammingError) as error:
            raise UserError(
                "The database does not have the pgvector extension yet, and this user may not create it: have an "
                "administrator run CREATE EXTENSION vector in that database."
            ) from error


def check_pgvector(version: str | None) -> None:
    """Raise `UserError` if the server has no pgvector (`version` is None) or one that is too old."""
    minimum = ".".join(map(str, MIN_PGVECTOR))
    if version is None:
        raise UserError(f"The database server has no pgvector extension: install pgvector {minimum} or later on it.")
    if tuple(int(part) for part in version.split(".")[:2]) < MIN_PGVECTOR:
        raise UserError(
            f"The cast database needs pgvector {minimum} or later, but the server has {version}: install a newer "
            f"version and run ALTER EXTENSION vector UPDATE."
        )


def connection_error(url: URL, error: OperationalError) -> UserError:
    """Return the error for a server that accepted no connection. It never contains the password."""
    address = f"{url.username or ''}@{url.host or url.query.get('host', 'localhost')}/{url.database or ''}"
    server_message = " ".join(str(error.orig).split())
    if any(phrase in server_message for phrase in ("authentication failed", "no password supplied", "does not exist")):
        return UserError(
            f"The database server refused {address}: set {DATABASE_VARIABLE} to the right user, password and database."
        )
    return UnavailableError(
        f"No database answers at {address}: start the server, or set {DATABASE_VARIABLE} to a running one."
    )
