"""Servers on loopback for the tests of `deploy/`."""

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
        pytest.skip("needs redis-server, which Debian's package of that name brings")
    with servers.redis(tmp_path) as url:
        yield url
