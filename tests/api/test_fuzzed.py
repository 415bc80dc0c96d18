"""Schemathesis makes requests from the OpenAPI document, in all its phases, and checks every answer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from screenalytics_resources.facebank.cast_store import open_cast_store
from tests.api.served import served
from tests.app.cast_bench import URL
from tests.tiny_episode import write_tiny_episode

CONFIG = Path(__file__).with_name("schemathesis.toml")


def test_no_request_fails_unexpectedly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(URL, raising=False)
    store = write_tiny_episode(tmp_path)
    schemathesis = Path(sys.executable).with_name("schemathesis")
    with open_cast_store(store.root), served(store) as address:
        command = [schemathesis, "--config-file", CONFIG, "run", f"{address}/openapi.json", "--checks", "all"]
        command += ["--max-examples", "10"]
        environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(CONFIG.with_name("schemathesis_hooks.py"))}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr
