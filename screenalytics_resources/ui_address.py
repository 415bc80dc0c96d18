"""Address of the web UI, the base of every link to it."""

import os
from urllib.parse import urlsplit

from screenalytics_resources.errors import UserError

UI_VARIABLE = "SCREENALYTICS_UI_URL"
DEFAULT_UI_URL = "http://127.0.0.1:3000"
DEFAULT_REVIEW_URL = "http://127.0.0.1:3001"
"""Address of the review pages that start together with the UI."""


def ui_address(default: str = DEFAULT_UI_URL) -> str:
    """Return `SCREENALYTICS_UI_URL` without a trailing slash. Raises `UserError` if it is not an HTTP address."""
    address = os.environ.get(UI_VARIABLE) or default
    if urlsplit(address).scheme not in ("http", "https") or not address.isprintable() or " " in address:
        raise UserError(f"{UI_VARIABLE} = {address!r} is not an HTTP address. Use one such as {DEFAULT_UI_URL}.")
    return address.rstrip("/")
