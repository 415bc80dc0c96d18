"""Tests of faults of a real S3 server: busy, dropped and cut connections, missing bucket, rejected credentials."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.storage import s3_access
from tests.conftest import use_s3
from tests.resources.storage.s3_server import Fault, FaultyProxy, faulty_proxy

EP = "demo-s01e01"


@pytest.fixture
def proxy(bucket: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """Proxy for all requests of the test."""
    monkeypatch.setattr(s3_access, "ATTEMPTS", 2)  # waits for a second instead of half a minute
    with faulty_proxy(s3_server) as proxy:
        use_s3(monkeypatch, proxy.address)
        yield proxy


@pytest.mark.parametrize("fault", ["busy", "dropped", "cut"])
def test_a_transient_fault_is_hidden_by_a_retry(proxy: FaultyProxy, bucket: str, fault: Fault) -> None:
    store = ArtifactStore(bucket)
    path = store.manifest(EP, "x.json")
    if fault != "cut":
        proxy.planned_faults = [fault]
        write_atomic(path, b"content")
        assert proxy.fault_count == 1
    else:
        write_atomic(path, b"content")
    proxy.planned_faults, proxy.fault_count, proxy.only_method = [fault], 0, "GET"
    assert store.place.read_all([path]) == [b"content"]
    assert proxy.fault_count == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        pytest.param("busy", "is temporarily unavailable", id="busy"),
        pytest.param("dropped", "does not answer", id="dropped"),
    ],
)
def test_a_permanent_fault_is_reported_and_leaves_the_old_file(
    proxy: FaultyProxy, bucket: str, fault: Fault, words: str
) -> None:
    store = ArtifactStore(bucket)
    path = store.manifest(EP, "x.json")
    write_atomic(path, b"old")
    proxy.permanent_fault = fault
    for use in (lambda: write_atomic(path, b"new"), path.exists, store.episodes, path.read_bytes):
        with pytest.raises(UnavailableError, match=words):
            use()
    proxy.permanent_fault = None
    assert path.read_bytes() == b"old"


def test_a_truncated_download_of_a_video_is_completed(proxy: FaultyProxy, bucket: str) -> None:
    store = ArtifactStore(bucket)
    content = bytes(range(256)) * 40_000
    write_atomic(store.video(EP), content)
    proxy.only_method, proxy.planned_faults = "GET", ["cut"]
    with store.local_video(EP) as local:
        assert local.read_bytes() == content
    assert proxy.fault_count == 1


def test_a_server_that_is_down(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3_access, "ATTEMPTS", 1)
    use_s3(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(UnavailableError, match=r"does not answer .*127\.0\.0\.1:9"):
        ArtifactStore(bucket).episodes()


@pytest.mark.parametrize("use", ["list", "read", "write"])
def test_a_missing_bucket(bucket: str, use: str) -> None:
    store = ArtifactStore("s3://no-such-bucket/tv")
    calls: dict[str, Any] = {
        "list": store.episodes,
        "read": lambda: store.manifest(EP, "x.json").exists(),
        "write": lambda: write_atomic(store.manifest(EP, "x.json"), b""),
    }
    with pytest.raises(UserError, match="There is no bucket 'no-such-bucket': create it, or correct the name"):
        calls[use]()


def test_rejected_credentials(bucket: str, s3_server: str) -> None:
    store = ArtifactStore(bucket)
    _set_authentication(s3_server, "0")
    try:
        with pytest.raises(UserError, match=r"refuses the credentials \(InvalidAccessKeyId\): check AWS_ACCESS_KEY_ID"):
            store.episodes()
    finally:
        _set_authentication(s3_server, "inf")


def test_no_credentials(bucket: str, s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    with pytest.raises(UserError, match=r"There are no credentials for s3://.*: set AWS_ACCESS_KEY_ID"):
        ArtifactStore(bucket).episodes()


def test_credentials_from_a_profile(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "credentials").write_text("[studio]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_PROFILE", "studio")
    assert ArtifactStore(bucket).episodes() == []


def _set_authentication(server: str, after: str) -> None:
    """Make the server check signatures after this many requests. By default it checks none."""
    request = Request(f"{server}/moto-api/reset-auth", data=after.encode(), headers={"Content-Type": "text/plain"})  # noqa: S310 - loopback
    urlopen(request).close()  # noqa: S310


def test_the_server_of_these_tests_is_real(bucket: str) -> None:
    """Another client reads what the store writes."""
    write_atomic(ArtifactStore(bucket).manifest(EP, "x.json"), b"content")
    name = bucket.removeprefix("s3://").partition("/")[0]
    answer = boto3.client("s3").get_object(Bucket=name, Key=f"tv/manifests/{EP}/x.json")
    assert answer["Body"].read() == b"content"
