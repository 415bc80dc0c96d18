"""A Python client that is generated from the OpenAPI document works."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import open_cast_store
from tests.api.served import served
from tests.app.cast_bench import URL
from tests.tiny_episode import write_tiny_episode

PICTURES = dict.fromkeys(("image/jpeg", "image/png", "video/*"), "application/octet-stream")
CONFIG = {
    "package_name_override": "generated_client",
    "project_name_override": "generated",
    "post_hooks": [],
    "content_type_overrides": PICTURES,
}


@pytest.fixture
def generated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package `generated_client` importable."""
    document, config = tmp_path / "openapi.json", tmp_path / "config.json"
    app = create_app(ArtifactStore(str(tmp_path)), ServerSettings(actor="analyst"))
    document.write_text(json.dumps(app.openapi()), encoding="utf-8")
    config.write_text(json.dumps(CONFIG), encoding="utf-8")
    generator = Path(sys.executable).with_name("openapi-python-client")
    command = [generator, "generate", "--path", document, "--config", config, "--fail-on-warning"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path / "generated"))


@pytest.mark.usefixtures("generated")
def test_a_generated_client_adds_a_person_and_understands_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(URL, raising=False)
    client_module = importlib.import_module("generated_client")
    models = importlib.import_module("generated_client.models")
    add = importlib.import_module("generated_client.api.cast.cast_add")
    listed = importlib.import_module("generated_client.api.cast.cast_list_people")
    store = write_tiny_episode(tmp_path)
    with open_cast_store(store.root), served(store) as address, client_module.Client(base_url=address) as client:
        made = add.sync(client=client, body=models.NewPerson(show="tiny", name="Ada Example"))
        assert (made.cast_id, made.name) == ("tiny:ada-example", "Ada Example")
        assert [person.name for person in listed.sync(client=client, show="tiny").items] == ["Ada Example"]
        again = add.sync_detailed(client=client, body=models.NewPerson(show="tiny", name="Ada Example"))
        assert (int(again.status_code), json.loads(again.content)["type"]) == (409, "/problems/taken")
