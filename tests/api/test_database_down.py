"""A database that does not answer: the request is refused, nothing is half-written, and the next one works again."""

import socket
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from screenalytics_app.api.app import create_app
from screenalytics_app.api.database import Database
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.errors import UnavailableError
from screenalytics_resources.facebank.connection import DATABASE_VARIABLE
from tests.api.bench import ANY_VERSION, EPISODE, send
from tests.app.moderation_bench import A, B
from tests.tiny_episode import EP_ID

MERGE = {"target_id": A, "source_ids": [B]}


def test_without_a_database_nothing_is_written(
    store: ArtifactStore, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv(DATABASE_VARIABLE, f"postgresql://u:p@127.0.0.1:{closed.getsockname()[1]}/cast")
        with TestClient(
            create_app(store, ServerSettings(actor="ann")), base_url="http://localhost", raise_server_exceptions=False
        ) as client:
            refused = {
                "merge": send(client, "POST /identities/merge", MERGE),
                "name": client.patch(
                    f"{EPISODE}/identities/{A}", json={"labels": {"name": "Ann"}}, headers=ANY_VERSION
                ),
                "undo": send(client, "POST /undo"),
            }
            readable = {path: send(client, f"GET {path}").status_code for path in ("/queue", "/decisions")}
    for case, answer in refused.items():
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable"), case
        assert answer.headers["retry-after"] == "5", case
        assert "No database answers" in answer.json()["detail"], case
        assert ":p@" not in answer.text, case
    assert readable == {"/queue": 200, "/decisions": 200}
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == files


def test_a_connection_that_the_server_ended_is_made_again(
    client: TestClient, store: ArtifactStore, database: str
) -> None:
    send(client, f"PATCH /identities/{A}", {"label": "host"}, If_Match="*")
    _disconnect(database)
    assert send(client, "POST /identities/merge", MERGE).status_code == 200
    assert [decision.kind for decision in read_decisions(store, EP_ID)] == ["label", "same"]


def test_a_database_that_does_not_answer_is_opened_again(store: ArtifactStore, database: str) -> None:
    opened = Database(store)
    with opened.cast() as first:
        pass
    with opened.turn(EP_ID) as second:
        assert second is first
    with pytest.raises(UnavailableError), opened.cast():
        raise UnavailableError("No database answers.")
    with opened.cast() as third:
        assert third is not first
        assert third.people("tiny") == ()
    opened.close()


def _disconnect(database: str) -> None:
    """End all connections to the database, as a restart of its server does."""
    engine = create_engine(database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        mine = "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        connection.execute(text(f"{others} {mine}"))
    engine.dispose()
