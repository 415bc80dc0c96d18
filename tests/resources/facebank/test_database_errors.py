"""Errors of the database hold no values: no name, id or file name of a person reaches a log."""

import traceback
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from screenalytics_resources.facebank.cast_store import CastStore, open_cast_store
from screenalytics_resources.facebank.models import PersonRow, SeedRow

PERSON = {"show": "demo", "person_id": "zebulon-quaxley", "name": "Zebulon Quaxley"}
SEED = {
    "seed_id": "seed-000000000001",
    "show": "demo",
    "person_id": "zebulon-quaxley",
    "source": "photo",
    "origin": "zebulon-quaxley.jpg",
    "content_sha256": "0" * 64,
    "det_score": 0.9,
    "crop_std": 10.0,
    "face_px": 80.0,
    "box": [0.0, 0.0, 1.0, 1.0],
}


def refused_sentences(cast: CastStore) -> list[str]:
    """Return the complete tracebacks of statements that the server refuses for different reasons."""
    sentences = []
    for statements in (
        [insert(PersonRow).values(**PERSON), insert(PersonRow).values(**PERSON)],
        [insert(SeedRow).values(**SEED)],
        [insert(PersonRow).values(**PERSON | {"person_id": "Zebulon Quaxley"})],
        [text("SELECT CAST(CAST(:word AS text) AS integer)").bindparams(word="zebulon-quaxley")],
    ):
        with pytest.raises(DBAPIError) as error, cast._engine.begin() as connection:
            for statement in statements:
                connection.execute(statement)
        sentences.append("".join(traceback.format_exception(error.value)))
    return sentences


def test_errors_and_the_server_log_hold_no_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
    with open_cast_store(str(tmp_path)) as cast:
        sentences = refused_sentences(cast)
    codes = ("23505 (UniqueViolation, table people, constraint pk_people)", "23503", "23514", "22P02")
    for sentence, code in zip(sentences, codes, strict=True):
        assert f"PostgreSQL error {code}" in sentence
        assert "ebulon" not in sentence and "uaxley" not in sentence
    log = (tmp_path / "database" / "data" / "server.log").read_text()
    assert log.count("ERROR:") == 4
    assert "DETAIL" not in log and "STATEMENT" not in log
