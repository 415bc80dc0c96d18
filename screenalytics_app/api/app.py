"""Assembles the application from its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.routing import APIRoute

from screenalytics_app.api.database import Database
from screenalytics_app.api.live.hub import Hub
from screenalytics_app.api.live.own_writes import OwnWrites
from screenalytics_app.api.models.common import Problem
from screenalytics_app.api.problems import MEDIA_TYPE, add_problem_handlers
from screenalytics_app.api.routes import (
    cast,
    decisions,
    docs,
    episodes,
    events,
    gestures,
    health,
    identities,
    jobs,
    labels,
    login,
    media,
    queue,
    review,
    timeline,
    tracks,
    tracks_gestures,
    video,
)
from screenalytics_app.api.security.install import add_security
from screenalytics_app.api.settings import ServerSettings
from screenalytics_app.api.track_rows import TrackRows
from screenalytics_resources.artifact_store import ArtifactStore

ROUTERS = (
    health.router,
    cast.router,
    episodes.router,
    identities.router,
    tracks.router,
    media.router,
    timeline.router,
    video.router,
    gestures.router,
    tracks_gestures.router,
    decisions.router,
    labels.router,
    queue.router,
    jobs.router,
    events.router,
    login.router,
    docs.router,
    review.router,
)


def create_app(store: ArtifactStore, settings: ServerSettings) -> FastAPI:
    """Return the application that serves this data root.

    Raises:
        UserError: the settings would open it to everybody.
    """
    error = {"model": Problem, "content": {MEDIA_TYPE: {}}}
    hub, database = Hub(store), Database(store)
    track_rows = TrackRows(store, database)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        hub.stop()
        hub.close()
        track_rows.finish()
        database.close()

    app = FastAPI(
        title="Screenalytics",
        version=version("screenalytics"),
        docs_url=None,
        redoc_url=None,
        responses={"4XX": error, "5XX": error},
        generate_unique_id_function=_operation_id,
        lifespan=lifespan,
    )
    app.state.store, app.state.settings = store, settings
    app.state.live, app.state.database, app.state.track_rows = hub, database, track_rows
    app.add_middleware(OwnWrites, hub=hub)
    add_problem_handlers(app)
    add_security(app, settings)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/docs/static", docs.static_files)
    return app


def _operation_id(route: APIRoute) -> str:
    """Return the name of a function in generated clients, such as `cast_add`."""
    return f"{route.tags[0] if route.tags else 'page'}_{route.name}"
