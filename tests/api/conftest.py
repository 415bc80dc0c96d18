"""Fixtures for tests of the HTTP API: a tiny episode, and a client of a server that serves it."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient

from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.connection import DATABASE_VARIABLE
from screenalytics_resources.facebank.embedded_server import running_server
from screenalytics_resources.facebank.server_process import DATABASE, PORT, USER
from tests.tiny_episode import write_tiny_episode

_numbers = count(1)


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Run one database server for all tests. Yields the folder of its socket."""
    with running_server(tmp_path_factory.mktemp("databases")) as sockets:
        yield sockets


@pytest.fixture
def database(home: Path, database_server: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Use an empty database, which is faster than a server of its own. Returns its URL."""
    name = f"test{next(_numbers)}"
    with psycopg.connect(
        host=str(database_server), port=PORT, user=USER, dbname=DATABASE, autocommit=True
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = f"postgresql://{USER}@/{name}?host={database_server}&port={PORT}"
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    return url


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


@pytest.fixture
def client(store: ArtifactStore) -> Iterator[TestClient]:
    app = create_app(store, ServerSettings(actor="ann"))
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client
