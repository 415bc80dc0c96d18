"""Send JSON over HTTP: certificates are verified, redirects are refused, and no error names the address."""

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.notifier import NotDeliveredError


def checked_url(url: str, variable: str) -> str:
    """`url` if it is a plain http or https address; else a `UserError` that names the variable, not its value."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in parts.netloc or not url.isascii() or not url.isprintable() or " " in url:
        raise UserError(f"{variable} is not a valid URL: it must look like https://host/path, without a user name.")
    return url


def post_json(url: str, content: Mapping[str, Any], timeout_s: float) -> None:
    """POST `content`; raise `NotDeliveredError` for anything but a 2xx status.

    `timeout_s` bounds connecting and every wait for the answer. Proxies from the environment are not used.
    """
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "screenalytics"}
    connection = _connection(parts, timeout_s)
    try:
        connection.request("POST", target, json.dumps(content, allow_nan=False).encode(), headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        # Only the kind of error: its text may hold the address, and with it the secret.
        raise NotDeliveredError(f"no answer ({type(error).__name__})") from None
    finally:
        connection.close()
    _accept(status)


def _connection(parts: SplitResult, timeout_s: float) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=timeout_s, context=ssl.create_default_context())
    return HTTPConnection(host, parts.port, timeout=timeout_s)


def _accept(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotDeliveredError(f"answered with a redirect ({status}), which is never followed")
    raise NotDeliveredError(f"answered with status {status}", unreachable=status == 429 or status >= 500)
