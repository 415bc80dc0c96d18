"""What a page must not do: errors in the console, and requests to other hosts."""

import re

from playwright.sync_api import ConsoleMessage, Page, Request

REFUSED = re.compile("the server responded with a status of (4|503)")
"""Chromium writes every refused request to the console, also one whose refusal the page explains."""


class Watched:
    """Collects the faults of a page."""

    def __init__(self, page: Page, server: str) -> None:
        self.faults: list[str] = []
        self._server = server
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("request", self._on_request)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not REFUSED.search(message.text):
            self.faults.append(f"{message.type}: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self._server, "data:", "blob:")):
            self.faults.append(f"request to {request.url}")
