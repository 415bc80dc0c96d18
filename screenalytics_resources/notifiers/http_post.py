"""JSON over HTTP. Certificates are verified, redirects are refused, and errors never contain the URL."""

import json
import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

from screenalytics_resources.errors import UserError
from screenalytics_resources.notifiers.notifier import NotDeliveredError


def checked_url(url: str, variable: str) -> str:
    """Return `url` if it is a plain http or https URL. Raises `UserError` with the variable's name, never its value."""
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or "@" in parts.netloc or not url.isascii() or not url.isprintable() or " " in url:
        raise UserError(f"{variable} is not a valid URL: it must look like https://host/path, without a user name.")
    return url


def post_json(url: str, content: Mapping[str, Any], timeout_s: float) -> None:
    """POST `content`. Raises `NotDeliveredError` for any status other than 2xx.

    `timeout_s` limits the connection attempt and each wait for a response. Proxies from the environment are ignored.
    """
    parts = urlsplit(url)
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "screenalytics"}
    connection = _connection(parts, timeout_s)
    try:
        connection.request("POST", target, json.dumps(content, allow_nan=False).encode(), headers)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        # Report only the error's type: its text may contain the URL and so the secret.
        raise NotDeliveredError(f"no answer ({type(error).__name__})") from None
    finally:
        connection.close()
    _check_status(status)


def _connection(parts: SplitResult, timeout_s: float) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, timeout=timeout_s, context=ssl.create_default_context())
    return HTTPConnection(host, parts.port, timeout=timeout_s)


def _check_status(status: int) -> None:
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise NotDeliveredError(f"answered with a redirect ({status}), which is never followed")
    raise NotDeliveredError(f"answered with status {status}", unreachable=status == 429 or status >= 500)
