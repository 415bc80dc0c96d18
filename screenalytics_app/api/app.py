"""Assembles the application from its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from screenalytics_app.api.database import Database
from screenalytics_app.api.models.common import Problem
from screenalytics_app.api.problems import MEDIA_TYPE, add_problem_handlers
from screenalytics_app.api.routes import (
    decisions,
    episodes,
    gestures,
    health,
    identities,
    labels,
    media,
    queue,
    tracks,
    tracks_gestures,
    video,
)
from screenalytics_app.api.settings import ServerSettings
from screenalytics_app.api.track_rows import TrackRows
from screenalytics_resources.artifact_store import ArtifactStore

ROUTERS = (
    health.router,
    episodes.router,
    identities.router,
    gestures.router,
    tracks.router,
    tracks_gestures.router,
    media.router,
    video.router,
    queue.router,
    decisions.router,
    labels.router,
)


def create_app(store: ArtifactStore, settings: ServerSettings) -> FastAPI:
    """Return the application that serves this data root."""
    error = {"model": Problem, "content": {MEDIA_TYPE: {}}}
    app = FastAPI(
        title="Screenalytics",
        docs_url=None,
        redoc_url=None,
        responses={"4XX": error, "5XX": error},
        lifespan=_running,
    )
    app.state.store, app.state.settings, app.state.database = store, settings, Database(store)
    app.state.track_rows = TrackRows(store, app.state.database)
    add_problem_handlers(app)
    for router in ROUTERS:
        app.include_router(router)
    return app


@asynccontextmanager
async def _running(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.track_rows.finish()
    app.state.database.close()
