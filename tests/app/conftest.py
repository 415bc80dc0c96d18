"""Fixtures for tests of the application: the command line, a running cast database, and a tiny episode."""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import pytest
from dagster import DagsterInstance

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.people_file import write_people_file
from tests.app.cast_bench import URL
from tests.app.screen import Screen
from tests.database_template import copied_databases
from tests.tiny_episode import EP_ID, write_tiny_episode

_numbers = count(1)


@pytest.fixture
def screen(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Screen:
    return Screen(monkeypatch, capsys)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, database_template: Path) -> Iterator[tuple[Path, CastStore]]:
    root = tmp_path_factory.mktemp("cast")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(URL, raising=False)
        with ExitStack() as stack:
            with copied_databases(database_template):  # other tests create databases meanwhile
                cast = stack.enter_context(open_cast_store(str(root)))
            yield root, cast


@pytest.fixture
def root(running: tuple[Path, CastStore], screen: Screen, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(running[0]))
    return running[0]


@pytest.fixture
def show(root: Path) -> str:
    return f"show{next(_numbers)}"


@pytest.fixture
def store(home: Path) -> ArtifactStore:
    return write_tiny_episode(home)


@pytest.fixture
def instance(store: ArtifactStore) -> Iterator[DagsterInstance]:
    """Open the Dagster instance, which knows the tiny episode."""
    with open_instance() as instance:
        instance.add_dynamic_partitions("episodes", [EP_ID])
        yield instance


@pytest.fixture
def cast(store: ArtifactStore, screen: Screen) -> Iterator[CastStore]:
    """Open the cast of the tiny episode's show, Ann and Ben, on a server that runs during the test."""
    with open_cast_store(store.root) as opened:
        opened.add_person("tiny", "ann-example", "Ann Example")
        opened.add_person("tiny", "ben", "Ben")
        write_people_file(store, opened, "tiny")
        yield opened
