"""Puts the middlewares in order."""

from fastapi import FastAPI

from screenalytics_app.api.security.access import Access, refuse_open_server
from screenalytics_app.api.security.bodies import BodyLimit
from screenalytics_app.api.security.headers import SecurityHeaders
from screenalytics_app.api.security.hosts import AllowedHosts
from screenalytics_app.api.security.origins import OwnOrigin
from screenalytics_app.api.security.rates import RateLimits
from screenalytics_app.api.settings import ServerSettings


def add_security(app: FastAPI, settings: ServerSettings) -> None:
    """Protect the app. Raises `UserError` if the settings would open it to everybody."""
    refuse_open_server(settings)
    app.add_middleware(BodyLimit)  # the one that is added last sees a request first
    app.add_middleware(RateLimits, settings=settings)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(OwnOrigin)
    app.add_middleware(AllowedHosts, names=settings.host_names)
    app.add_middleware(SecurityHeaders)
