"""Fixtures for the tests of the cast: one embedded database per run, and a separate show per test."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.records import Seed, SeedQuality, StoredPack
from tests.database_template import copied_databases

PACK = StoredPack("small", "a" * 64, 4)
_numbers = count()


@pytest.fixture(scope="session")
def cast(tmp_path_factory: pytest.TempPathFactory, database_template: Path) -> Iterator[CastStore]:
    """The cast store of a temporary data root."""
    given = os.environ.pop("SCREENALYTICS_DATABASE_URL", None)
    try:
        root = tmp_path_factory.mktemp("cast")
        with ExitStack() as stack:
            with copied_databases(database_template):  # other tests create databases meanwhile
                store = stack.enter_context(open_cast_store(str(root)))
            yield store
    finally:
        if given is not None:
            os.environ["SCREENALYTICS_DATABASE_URL"] = given


@pytest.fixture
def show() -> str:
    """A show that no other test uses."""
    return f"show{next(_numbers)}"


@pytest.fixture
def pack() -> StoredPack:
    return PACK


@pytest.fixture
def make_seed(show: str) -> Callable[..., Seed]:
    """Return a factory for seeds: `make_seed("ada", 3)` is the third photo of ada."""

    def make(person_id: str, photo: int = 1) -> Seed:
        number = next(_numbers)
        return Seed(
            seed_id=f"seed-{number:012x}",
            show=show,
            person_id=person_id,
            source="photo",
            origin=f"photo-{photo}.jpg",
            content_sha256=f"{photo:064x}",
            quality=SeedQuality(0.9, 12.5, 80.0),
            box=(1.0, 2.0, 30.5, 40.0),
            files=(f"facebank/{show}/{photo}.png", f"facebank/{show}/{photo}.jpg"),
        )

    return make


@pytest.fixture
def unit() -> Callable[..., NDArray[np.float32]]:
    """Return a factory that normalises numbers to a unit vector."""

    def make(*numbers: float) -> NDArray[np.float32]:
        vector = np.array(numbers, np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    return make


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts Python on a script with the given arguments, connected by pipes."""

    def run(script: str, *arguments: str) -> subprocess.Popen[str]:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("SCREENALYTICS_")}
        return subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).resolve().parents[3],
        )

    return run
