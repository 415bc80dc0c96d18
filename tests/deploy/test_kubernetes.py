"""Tests of `deploy/kubernetes/values.yaml`: the Kubernetes job that Dagster's launcher builds from it."""

import re
from copy import deepcopy
from functools import reduce
from operator import getitem
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from dagster import DagsterInstance
from dagster._config import process_config, resolve_to_config_type
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.instance.config import dagster_instance_config_schema
from dagster._core.launcher import LaunchRunContext
from dagster._core.origin import JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.test_utils import create_run_for_test
from dagster_k8s.container_context import K8sContainerContext
from dagster_k8s.launcher import K8sRunLauncher
from kubernetes.client import ApiClient

from screenalytics_resources.project import PROJECT_ROOT

VALUES = PROJECT_ROOT / "deploy" / "kubernetes" / "values.yaml"
SNAKE = {
    "containerConfig": "container_config",
    "podSpecConfig": "pod_spec_config",
    "jobSpecConfig": "job_spec_config",
}
"""Names that the chart gives to the parts of `runK8sConfig` in the instance's configuration."""
CHART = {
    "runLauncher.config.k8sRunLauncher": (
        "envConfigMaps envSecrets envVars failPodOnRunFailure image imagePullPolicy jobNamespace kubeconfigFile labels "
        "loadInclusterConfig resources runK8sConfig schedulerName securityContext volumeMounts volumes"
    ),
    "runLauncher.config.k8sRunLauncher.runK8sConfig": (
        "containerConfig jobMetadata jobSpecConfig podSpecConfig podTemplateSpecMetadata"
    ),
    "concurrency": "enabled pools runs",
    "concurrency.pools": "defaultLimit granularity opGranularityRunBuffer",
    "concurrency.runs": "maxConcurrentRuns tagConcurrencyLimits",
    "dagsterDaemon.runMonitoring": (
        "cancelTimeoutSeconds enabled freeSlotsAfterRunEndSeconds maxResumeRunAttempts maxRuntimeSeconds "
        "pollIntervalSeconds startTimeoutSeconds"
    ),
    "dagsterDaemon.runRetries": "enabled maxRetries retryOnAssetOrOpFailure",
}
"""Keys that the chart knows in each section. They are from its schema, except those of `runMonitoring`: its schema
allows any key, so they are from the templates, which silently drop unknown keys."""
ONE_RUN_PER_EPISODE = [{"key": "dagster/partition", "value": {"applyLimitPerUniqueValue": True}, "limit": 1}]
KUBECONFIG = """
apiVersion: v1
kind: Config
clusters: [{name: none, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: none, user: {}}]
contexts: [{name: none, context: {cluster: none, user: none}}]
current-context: none
"""


class Recorder(SimpleNamespace):
    """Replacement for the API of a cluster. Records the job that it is asked to create."""

    job: Any = None

    def create_namespaced_job(self, body: Any, namespace: str, _request_timeout: float) -> None:
        self.job = body


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return yaml.safe_load(VALUES.read_text())


def section(values: dict[str, Any], path: str) -> dict[str, Any]:
    part: dict[str, Any] = reduce(getitem, path.split("."), values)
    return part


def unknown_to_the_chart(values: dict[str, Any]) -> list[str]:
    return [
        f"{path}.{key}" for path, known in CHART.items() for key in section(values, path) if key not in known.split()
    ]


def instance_config(values: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of the instance's `dagster.yaml` that the chart writes with keys converted to snake case."""

    def renamed(part: dict[str, Any]) -> dict[str, Any]:
        return {re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name): value for name, value in part.items()}

    return {
        "run_monitoring": renamed(section(values, "dagsterDaemon.runMonitoring")),
        "run_retries": renamed(section(values, "dagsterDaemon.runRetries")),
        "concurrency": {part: renamed(section(values, f"concurrency.{part}")) for part in ("pools", "runs")},
    }


def launcher_config(values: dict[str, Any]) -> dict[str, Any]:
    """Return the instance's `run_launcher.config`, as the chart builds it from the values."""
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    return {
        "service_account_name": "dagster",
        "instance_config_map": "dagster-instance",
        "dagster_home": "/opt/dagster/dagster_home",
        "postgres_password_secret": values["global"]["postgresqlSecretName"],
        "image_pull_policy": launcher["imagePullPolicy"],
        "fail_pod_on_run_failure": launcher["failPodOnRunFailure"],
        "run_k8s_config": {SNAKE[name]: part for name, part in launcher["runK8sConfig"].items()},
    }


def container_context(values: dict[str, Any]) -> dict[str, Any]:
    """Return the container context of the code location, as the chart builds it from the deployment."""
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert deployment["includeConfigInLaunchedRuns"] == {"enabled": True}
    return {
        "k8s": {
            "image_pull_policy": deployment["image"]["pullPolicy"],
            "env": deployment["env"],
            "env_secrets": [secret["name"] for secret in deployment["envSecrets"]],
            "namespace": "default",
        }
    }


def launched(values: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    """Return the Kubernetes job of a run without tags, such as a run of an asset backfill."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(KUBECONFIG)
    config = process_config(resolve_to_config_type(K8sRunLauncher.config_type()), launcher_config(values))
    assert config.success, config.errors
    cluster = Recorder()
    launcher = K8sRunLauncher(
        **config.value
        | {"load_incluster_config": False, "kubeconfig_file": str(kubeconfig), "k8s_client_batch_api": cluster}
    )
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    repository = RepositoryPythonOrigin(
        executable_path="python",
        code_pointer=ModuleCodePointer("screenalytics_assets.code_location", "defs"),
        container_image=f"{deployment['image']['repository']}:{deployment['image']['tag']}",
        container_context=container_context(values),
    )
    with DagsterInstance.local_temp(str(tmp_path)) as instance:
        launcher.register_instance(instance)
        origin = JobPythonOrigin("__ASSET_JOB", repository)
        run = create_run_for_test(instance, job_name="__ASSET_JOB", job_code_origin=origin)
        launcher.launch_run(LaunchRunContext(run, None))
    return ApiClient().sanitize_for_serialization(cluster.job)


def test_a_run_gets_one_gpu_its_root_and_its_secrets_by_reference(values: dict[str, Any], tmp_path: Path) -> None:
    job = launched(values, tmp_path)
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["image"] == "registry.example.internal/screenalytics:0.1.0"
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert {"secretRef": {"name": "screenalytics"}} in container["envFrom"]
    environment = {variable["name"]: variable for variable in container["env"]}
    assert environment["SCREENALYTICS_DATA_ROOT"]["value"].startswith("s3://")
    password = environment["DAGSTER_PG_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert password == {"name": "screenalytics-postgresql", "key": "postgresql-password"}
    assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]
    assert job["spec"]["ttlSecondsAfterFinished"] == 86400


def test_the_code_server_requests_no_gpu(values: dict[str, Any]) -> None:
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    assert "resources" not in deployment
    context = K8sContainerContext.create_from_config(container_context(values))
    assert "resources" not in context.run_k8s_config.container_config


def test_the_chart_knows_every_key(values: dict[str, Any]) -> None:
    assert unknown_to_the_chart(values) == []


def test_a_misspelled_key_is_detected(values: dict[str, Any]) -> None:
    misspelled = deepcopy(values)
    misspelled["dagsterDaemon"]["runMonitoring"]["maxRunTimeSeconds"] = 1
    assert unknown_to_the_chart(misspelled) == ["dagsterDaemon.runMonitoring.maxRunTimeSeconds"]


def test_dagster_accepts_the_configuration_of_the_chart(values: dict[str, Any]) -> None:
    schema = {
        name: field for name, field in dagster_instance_config_schema().items() if name in instance_config(values)
    }
    checked = process_config(schema, instance_config(values))
    assert checked.success, checked.errors
    assert checked.value["run_monitoring"]["max_runtime_seconds"] == 28800
    assert checked.value["concurrency"]["runs"]["tag_concurrency_limits"] == ONE_RUN_PER_EPISODE


def test_pools_and_runs_have_the_same_limit(values: dict[str, Any]) -> None:
    limits = values["concurrency"]
    assert limits["pools"]["defaultLimit"] == limits["runs"]["maxConcurrentRuns"]
