"""Fixtures for all tests: a data root, a Dagster instance, an S3 server, sample episodes and shared data."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from screenalytics_resources.facebank.file_locks import locked
from screenalytics_resources.sample_episode import SampleEpisode, make_sample_episode
from tests.short_video import first_seconds

SHARED = Path(__file__).resolve().parents[1] / ".." / "shared"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast_storage: None, fast_database: None) -> Path:
    """An empty data root and a Dagster instance, without settings from the environment."""
    return use_home(tmp_path, monkeypatch)


def use_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the environment name a data root and a Dagster instance in `folder`, and no settings. Returns the root."""
    for name in [n for n in os.environ if n.startswith(("SCREENALYTICS_", "TRACK_GATE_", "FACES_MIN_", "REP_"))]:
        if name != "SCREENALYTICS_CACHE_DIR":
            monkeypatch.delenv(name)
    root = folder / "data"
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", str(root))
    monkeypatch.setenv("DAGSTER_HOME", str(folder / "dagster"))
    return root


@pytest.fixture(scope="session")
def fast_storage() -> Iterator[None]:
    """Storage of Dagster instances without repeated preparation; see `tests.dagster_storage`."""
    from tests.dagster_storage import fast_dagster_storage

    with fast_dagster_storage():
        yield


@pytest.fixture
def fast_database(database_template: Path) -> Iterator[None]:
    """Databases of the cast as copies of one that is created once for all workers; see `tests.database_template`."""
    from tests.database_template import copied_databases

    with copied_databases(database_template):
        yield


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the database that `copied_databases` creates and copies."""
    return shared_by_workers(tmp_path_factory) / "database"


def shared_by_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the temporary folder of the test run, which all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Address of an S3 server on the loopback interface."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_server: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A data root in a new bucket of `s3_server`, with credentials in the environment."""
    import boto3

    name = f"shows-{uuid4().hex[:12]}"
    use_s3(monkeypatch, s3_server)
    boto3.client("s3").create_bucket(Bucket=name)
    monkeypatch.setenv("SCREENALYTICS_VIDEO_CACHE", str(tmp_path / "videos"))
    monkeypatch.setenv("SCREENALYTICS_DATA_ROOT", f"s3://{name}/tv")
    return f"s3://{name}/tv"


def use_s3(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    """Send all S3 requests to the server at `address`, including those of paths created for another server."""
    from screenalytics_resources.storage.places import forget_paths
    from screenalytics_resources.storage.s3_access import ExplainedS3

    for name in [n for n in os.environ if n.startswith("AWS_")]:
        monkeypatch.delenv(name)
    given = {"ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing", "DEFAULT_REGION": "us-east-1"}
    for name, value in (given | {"ENDPOINT_URL": address, "EC2_METADATA_DISABLED": "true"}).items():
        monkeypatch.setenv(f"AWS_{name}", value)
    forget_paths()
    ExplainedS3.clear_instance_cache()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of third-party clips, photos and models. Skips the test if it does not exist."""
    if not SHARED.exists():
        pytest.skip("requires ../shared, third-party data that is not part of the project")
    return SHARED.resolve()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> SampleEpisode:
    """The sample episode, created once for all workers of a test run. The first one makes it, the others wait."""
    folder = shared_by_workers(tmp_path_factory) / "sample-episode"
    with locked(folder.with_suffix(".lock")):
        return make_sample_episode(folder)


@pytest.fixture(scope="session")
def short_sample(sample: SampleEpisode, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first five seconds of the sample episode: a few shots with faces."""
    return first_seconds(sample.video, 5, tmp_path_factory.mktemp("short") / "short.mp4")
