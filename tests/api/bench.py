"""What tests of the writing endpoints share: the state of the tiny episode, and questions about it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from fastapi.testclient import TestClient
from httpx import Response

from screenalytics_app.actions.moderation.view import present_view
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import MERGE_SUGGESTIONS
from screenalytics_assets.contract.suggestion_records import Question
from screenalytics_assets.moderation.state import ModeratedEpisode
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.sealed_files import save_document
from tests.tiny_episode import EP_ID

EPISODE = f"/episodes/{EP_ID}"
ANY_VERSION = {"If-Match": "*"}


def moderated(store: ArtifactStore) -> ModeratedEpisode:
    return present_view(store, EP_ID).moderated


def members(store: ArtifactStore) -> dict[str, tuple[str, ...]]:
    return {identity.identity_id: identity.track_ids for identity in moderated(store).identities}


def versions(store: ArtifactStore) -> dict[str, str]:
    return {identity.identity_id: identity.version for identity in moderated(store).identities}


def send(client: TestClient, request: str, body: Any = None, actor: str | None = None, **headers: str) -> Response:
    """Send a request such as `POST /tracks/move` about the tiny episode."""
    method, path = request.split()
    named = {"Screenalytics-Actor": actor} if actor else {}
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, path if path.startswith("/api") else EPISODE + path, json=body, headers=named | sent)


def ask(store: ArtifactStore, questions: Sequence[Question]) -> None:
    """Replace the stored questions."""
    stored = load_artifact(store, MERGE_SUGGESTIONS, EP_ID)
    content = stored.content.model_copy(update={"questions": tuple(questions)})
    save_document(store, MERGE_SUGGESTIONS, replace(stored, content=content))
