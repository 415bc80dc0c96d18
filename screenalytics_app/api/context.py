"""What routes get: the store, the episode in the path, and who makes the request."""

from typing import Annotated

from fastapi import Depends, Header, Request

from screenalytics_app.api.live.hub import Hub
from screenalytics_app.api.settings import ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import is_ep_id
from screenalytics_resources.errors import UnknownError


def _store(request: Request) -> ArtifactStore:
    store: ArtifactStore = request.app.state.store
    return store


def _settings(request: Request) -> ServerSettings:
    settings: ServerSettings = request.app.state.settings
    return settings


Store = Annotated[ArtifactStore, Depends(_store)]
Settings = Annotated[ServerSettings, Depends(_settings)]


def _live(request: Request) -> Hub:
    live: Hub = request.app.state.live
    return live


Live = Annotated[Hub, Depends(_live)]
"""The polls behind the streams, and the Dagster instance."""


def existing_episode(ep_id: str, store: ArtifactStore) -> str:
    """Return the id. Raises `UnknownError` if there is no such episode."""
    if not is_ep_id(ep_id) or not store.has_episode(ep_id):
        raise UnknownError(f"There is no episode {ep_id[:100]!r}: GET /episodes lists them.")
    return ep_id


def _episode(ep_id: str, store: Store) -> str:
    return existing_episode(ep_id, store)


EpisodeId = Annotated[str, Depends(_episode)]
"""Id of an existing episode, from the path."""


def _actor(
    request: Request,
    settings: Settings,
    named: Annotated[str | None, Header(alias="Screenalytics-Actor", description="who decides", max_length=100)] = None,
) -> str:
    if settings.proxy_header:
        return request.headers.get(settings.proxy_header, "")
    return named or settings.actor


Actor = Annotated[str, Depends(_actor)]
"""Name of the person who makes the request."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        description="a repeated request with it changes nothing more",
    ),
]
