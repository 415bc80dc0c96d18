"""Whom the machine suggests for an unnamed identity, and whose name an identity has."""

import json
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.actions.moderation.membership import merge
from screenalytics_app.actions.moderation.naming import name, not_person
from screenalytics_assets.contract.cast_records import CastCandidate
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import CAST_ASSIGNMENTS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.people_file import FILE
from screenalytics_resources.sealed_files import save_document
from tests.api.decided import decide
from tests.app.moderation_bench import A, B
from tests.tiny_episode import EP_ID

BEN = {"person_id": "ben", "name": "Ben Example"}


@pytest.fixture(autouse=True)
def cast(store: ArtifactStore) -> None:
    """The cast is Ben alone. The machine thinks that A is an unknown person Zoe, or else Ben."""
    people = {"people": [BEN | {"cluster_ids": []}], "earlier_words": [], "cast_sha256": "1"}
    store.write(store.manifest("tiny", FILE), json.dumps(people).encode())
    stored = load_artifact(store, CAST_ASSIGNMENTS, EP_ID)
    candidates = (
        CastCandidate(person_id="zoe", name="Zoe", similarity=0.5),
        CastCandidate(person_id="ben", name="Benn", similarity=0.4),
    )
    rows = tuple(
        row.model_copy(
            update={"status": "needs_review" if row.identity_id == A else "unknown", "candidates": candidates}
        )
        for row in stored.content.assignments
    )
    content = stored.content.model_copy(update={"assignments": rows, "cast_review_sim": 0.3})
    save_document(store, CAST_ASSIGNMENTS, stored.with_content(content))


def card(client: TestClient, identity_id: str) -> dict[str, Any]:
    cards = client.get(f"/episodes/{EP_ID}/identities").json()["items"]
    found: dict[str, Any] = next(card for card in cards if card["identity_id"] == identity_id)
    return found


def test_the_best_candidate_of_the_cast_is_suggested_where_a_review_is_due(client: TestClient) -> None:
    assert card(client, A)["suggestion"] == BEN | {"similarity": 0.4}
    assert card(client, B)["suggestion"] is None


def test_a_person_whom_somebody_refused_is_not_suggested(client: TestClient, store: ArtifactStore) -> None:
    decide(store, partial(not_person, identity_id=A, person_id="ben"))
    assert card(client, A)["suggestion"] is None


def test_a_named_identity_has_the_name_of_now_and_no_suggestion(client: TestClient, store: ArtifactStore) -> None:
    decide(store, partial(name, identity_id=A, person_id="ben"), partial(merge, target=A, sources=[B], confirm=True))
    named = card(client, A)
    assert (named["person"], named["named_by"], named["suggestion"]) == (BEN, "person", None)
    store.write(store.manifest("tiny", FILE), b'{"people": [], "earlier_words": [], "cast_sha256": "2"}')
    assert card(client, A)["person"] == {"person_id": "ben", "name": "ben"}  # nobody of the cast has this id any more


def test_a_person_whom_the_cast_no_longer_has_is_not_suggested(client: TestClient, store: ArtifactStore) -> None:
    store.write(store.manifest("tiny", FILE), b'{"people": [], "earlier_words": [], "cast_sha256": "2"}')
    assert card(client, A)["suggestion"] is None
