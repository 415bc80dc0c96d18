"""Middleware that announces this server's own changes at once."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from screenalytics_app.api.live.hub import Hub

_READING = ("GET", "HEAD", "OPTIONS")


class OwnWrites:
    """Lets the hub look at once after a request that changed something."""

    def __init__(self, app: ASGIApp, hub: Hub) -> None:
        self._app, self._hub = app, hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _READING:
            await self._app(scope, receive, send)
            return

        async def watched(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start" and message["status"] < 300:
                self._hub.hurry()

        await self._app(scope, receive, watched)
