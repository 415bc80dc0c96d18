"""What all tests share: a data root and a Dagster instance of their own, and the data beside the checkout."""

import os
from pathlib import Path

import pytest

from screenalytics_resources.sample_episode import SampleEpisode, make_sample_episode
from tests.short_video import first_seconds

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data root, with a Dagster instance beside it and no settings from the environment."""
    for name in [n for n in os.environ if n.startswith(("SCREENALYTICS_", "TRACK_GATE_", "FACES_MIN_", "REP_"))]:
        if name != "SCREENALYTICS_CACHE_DIR":
            monkeypatch.delenv(name)
    root = tmp_path / "data"
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(root))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return root


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of third-party clips, photos and models; a test that needs it is skipped where there is none."""
    if not SHARED.exists():
        pytest.skip("needs ../shared, third-party data that is not part of the project")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleEpisode:
    """The sample episode, made once for all workers of a test run."""
    base = tmp_path_factory.getbasetemp()
    return make_sample_episode((base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "sample-episode")


@pytest.fixture(scope="session")
def short_sample(sample: SampleEpisode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first five seconds of the sample episode: a few shots with faces."""
    return first_seconds(sample.video, 5, tmp_path_factory.mktemp("short") / "short.mp4")
