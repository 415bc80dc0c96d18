"""Fixtures for tests of `deploy/`: servers on loopback."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import servers


@pytest.fixture
def postgres() -> Iterator[servers.Postgres]:
    with servers.postgres() as server:
        yield server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    if shutil.which("redis-server") is None:
        pytest.skip("needs redis-server (Debian package redis-server)")
    with servers.redis(tmp_path) as url:
        yield url
