"""Many clients write to one episode at the same time: nothing is lost or doubled."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from screenalytics_app.actions.moderation.view import present_view
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from tests.api.bench import moderated, send
from tests.app.moderation_bench import A, B
from tests.tiny_episode import EP_ID

pytestmark = pytest.mark.usefixtures("database")

CLIENTS, WRITES = 8, 25


def test_no_write_is_lost_or_doubled(client: TestClient, store: ArtifactStore) -> None:
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = [
            answer for part in pool.map(lambda number: _write(client, number), range(CLIENTS)) for answer in part
        ]
    assert len({gesture for gesture, _ in answers}) == len(answers) == CLIENTS * WRITES
    log = read_decisions(store, EP_ID)
    assert [decision.seq for decision in log] == list(range(1, CLIENTS * WRITES + 1))
    assert {str(decision.gesture_id): decision.value.text for decision in log} == dict(answers)
    newest = {
        identity: next(d.value.text for d in log[::-1] if d.subjects[0].identity_id == identity) for identity in (A, B)
    }
    assert {identity.identity_id: identity.label for identity in moderated(store).identities} == newest
    assert present_view(store, EP_ID).decisions == log


def _write(client: TestClient, number: int) -> list[tuple[str, str]]:
    """Write labels, and repeat each fifth request with its key. Returns gesture and label."""
    written = []
    for turn in range(WRITES):
        label, key = f"{number} {turn}", f"{number}-{turn}"
        path = f"PATCH /identities/{(A, B)[turn % 2]}"
        answers = [
            send(client, path, {"label": label}, actor=f"client {number}", If_Match="*", Idempotency_Key=key)
            for _ in range(1 if turn % 5 else 2)
        ]
        assert answers[0].status_code == 200, answers[0].text
        assert answers[-1].json() == answers[0].json()
        written.append((answers[0].json()["gesture_id"], label))
    return written
