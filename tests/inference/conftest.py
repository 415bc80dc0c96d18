"""Fixtures shared by the inference tests: engines, folders and images."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from screenalytics_resources.inference.engine import Engine, load_engine

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY / ".." / "shared"


@pytest.fixture(scope="session")
def config_dir() -> Path:
    """The project's configuration folder."""
    return REPOSITORY / "config"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party data next to the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder ../shared is missing")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder for this test run, which replaces the user's."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENALYTICS_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session")
def opencv_zoo(config_dir: Path, cache_dir: Path) -> Engine:
    """The default pack on the CPU."""
    return load_engine("opencv_zoo", config_dir, "cpu")


@pytest.fixture(scope="session")
def buffalo_sc(config_dir: Path, shared: Path) -> Engine:
    """InsightFace's smallest pack on the CPU."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENALYTICS_MODEL_ROOT", str(shared / "models"))
        return load_engine("buffalo_sc", config_dir, "cpu")


@pytest.fixture
def engine_named(request: pytest.FixtureRequest) -> Callable[[str], Engine]:
    """Look up an engine fixture by name, for tables of cases."""
    return request.getfixturevalue


@pytest.fixture(scope="session")
def six_faces() -> NDArray[np.uint8]:
    """The picture of six people in the package insightface, shape (886, 1280, 3), BGR."""
    import cv2

    spec = importlib.util.find_spec("insightface")
    path = Path(spec.submodule_search_locations[0]) / "data" / "images" / "t1.jpg"
    image = cv2.imread(str(path))
    assert image is not None, path
    return image
