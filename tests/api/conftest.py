"""Fixtures for tests of the HTTP API: a tiny episode, and a client of a server that serves it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import write_tiny_episode


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


@pytest.fixture
def client(store: ArtifactStore) -> Iterator[TestClient]:
    with TestClient(create_app(store, ServerSettings(actor="ann")), raise_server_exceptions=False) as client:
        yield client
