"""Tests of the files of `deploy/celery`, and of the queue of each run."""

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance
from dagster._config import resolve_to_config_type, validate_config
from dagster._core.instance.config import dagster_instance_config
from dagster._core.instance.ref import InstanceRef
from dagster._core.remote_origin import RegisteredCodeLocationOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import SubmitRunContext
from dagster_aws.s3 import S3ComputeLogManager

from screenalytics_assets.dagster_support.celery_launcher import WatchedCeleryRunLauncher
from screenalytics_assets.dagster_support.run_queues import CPU_QUEUE, GPU_QUEUE, QUEUE_TAG, PoolQueueCoordinator
from screenalytics_assets.definitions import build_definitions
from screenalytics_resources.project import PROJECT_ROOT
from tests.deploy.servers import Postgres

DEPLOY = PROJECT_ROOT / "deploy" / "celery"
ENVIRONMENT = {
    "DAGSTER_PG_HOST": "127.0.0.1",
    "DAGSTER_PG_PORT": "5432",
    "DAGSTER_PG_USERNAME": "dagster",
    "DAGSTER_PG_PASSWORD": "p@ss:word/",
    "DAGSTER_PG_DB": "dagster",
    "SCREENALYTICS_CELERY_BROKER": "redis://127.0.0.1:1/0",
    "SCREENALYTICS_CELERY_BACKEND": "redis://127.0.0.1:1/1",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def test_the_instance_is_valid_and_takes_its_settings_from_the_environment(environment: None) -> None:
    config, _ = dagster_instance_config(str(DEPLOY))
    assert set(config["storage"]["postgres"]["postgres_db"]["password"]) == {"env"}
    reference = InstanceRef.from_dir(str(DEPLOY))
    launcher = reference.run_launcher
    assert isinstance(launcher, WatchedCeleryRunLauncher)
    assert (launcher.broker, launcher.default_queue) == (ENVIRONMENT["SCREENALYTICS_CELERY_BROKER"], GPU_QUEUE)
    assert isinstance(reference.run_coordinator, PoolQueueCoordinator)


def test_the_commented_compute_logs_are_valid(environment: None, tmp_path: Path) -> None:
    head, _, tail = (DEPLOY / "dagster.yaml").read_text().partition("# compute_logs:")
    (tmp_path / "dagster.yaml").write_text(f"{head}compute_logs:{tail.replace('# ', '')}")
    manager = InstanceRef.from_dir(str(tmp_path)).compute_logs_data
    assert manager.config_dict["bucket"] == {"env": "SCREENALYTICS_LOG_BUCKET"}
    config, _ = dagster_instance_config(str(tmp_path))
    field = resolve_to_config_type(S3ComputeLogManager.config_type())
    assert validate_config(field, config["compute_logs"]["config"]).success


def test_the_limits_of_runs_and_pools_equal_the_number_of_workers() -> None:
    config, _ = dagster_instance_config(str(DEPLOY))
    runs, pools = config["concurrency"]["runs"], config["concurrency"]["pools"]
    queues = [limit for limit in runs["tag_concurrency_limits"] if limit["key"] == QUEUE_TAG]
    limits = {limit["value"]: limit["limit"] for limit in queues}
    assert pools["default_limit"] == limits[GPU_QUEUE]
    assert runs["max_concurrent_runs"] == limits[GPU_QUEUE] + limits[CPU_QUEUE]


def test_workers_read_broker_and_backend_from_the_environment(environment: None) -> None:
    settings = load_worker_settings()
    assert settings.broker_url == ENVIRONMENT["SCREENALYTICS_CELERY_BROKER"]
    assert settings.result_backend == ENVIRONMENT["SCREENALYTICS_CELERY_BACKEND"]
    assert settings.worker_disable_prefetch is True


def test_a_worker_without_a_broker_does_not_start(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENALYTICS_CELERY_BROKER")
    with pytest.raises(KeyError, match="SCREENALYTICS_CELERY_BROKER"):
        load_worker_settings()


def load_worker_settings():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("worker_settings", DEPLOY / "dagster_celery_config.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pools(default_limit: int) -> dict[str, object]:
    """Return the part of an instance's configuration that limits pools."""
    return {"concurrency": {"pools": {"default_limit": default_limit, "granularity": "op"}}}


@pytest.fixture
def instance(home: Path, tmp_path: Path) -> Iterator[DagsterInstance]:
    """Instance whose pools have two slots."""
    with DagsterInstance.local_temp(str(tmp_path), overrides=pools(2)) as instance:
        yield instance


@pytest.fixture
def submit(instance: DagsterInstance) -> Callable[..., str]:
    return submitter(instance)


def submitter(instance: DagsterInstance) -> Callable[..., str]:
    """Return a function that submits a run, as an asset backfill does with the implicit job, and returns its queue."""
    origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin("screenalytics"), "__repository__")
    coordinator = PoolQueueCoordinator()
    coordinator.register_instance(instance)
    job = build_definitions().resolve_implicit_global_asset_job_def()

    def queue_of(assets: Sequence[str], **tags: str) -> str:
        subset = job.get_subset(asset_selection={AssetKey(name) for name in assets})
        run = instance.create_run_for_job(subset, tags=tags, remote_job_origin=origin.get_job_origin(job.name))
        return coordinator.submit_run(SubmitRunContext(run, None)).tags[QUEUE_TAG]  # type: ignore[arg-type]

    return queue_of


@pytest.mark.parametrize(
    ("assets", "queue"),
    [
        pytest.param(["tracks", "faces"], GPU_QUEUE, id="models are used"),
        pytest.param(["identities", "track_reps"], CPU_QUEUE, id="no step uses the models"),
        pytest.param(["track_embeddings", "cast_assignments"], GPU_QUEUE, id="one step uses the models"),
    ],
)
def test_the_steps_of_a_run_choose_its_queue(submit: Callable[..., str], assets: Sequence[str], queue: str) -> None:
    assert submit(assets) == queue


def test_a_requested_queue_is_kept(submit: Callable[..., str]) -> None:
    assert submit(["tracks"], **{QUEUE_TAG: "night"}) == "night"


def test_a_pool_is_registered_before_its_first_step_starts(
    instance: DagsterInstance, submit: Callable[..., str]
) -> None:
    """Two workers that register it at the same time would break each other's transaction."""
    submit(["identities"])
    assert instance.event_log_storage.get_concurrency_keys() == set()
    submit(["tracks"])
    assert instance.event_log_storage.get_concurrency_keys() == {"inference"}
    assert instance.event_log_storage.get_concurrency_info("inference").slot_count == 2


def test_postgresql_follows_a_change_of_the_limit(home: Path, tmp_path: Path, postgres: Postgres) -> None:
    """Dagster alone raises an error on the second submission, and also on the third."""
    storage = {"storage": {"postgres": {"postgres_url": postgres.url("dagster")}}}
    for limit in (2, 2, 3):
        with DagsterInstance.local_temp(str(tmp_path), overrides={**storage, **pools(limit)}) as instance:
            submitter(instance)(["tracks"])
            submitter(instance)(["tracks"])
            assert instance.event_log_storage.get_concurrency_info("inference").slot_count == limit
