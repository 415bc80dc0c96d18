"""Pages of a list. A cursor is the key of the last item, so a page stays right while items come and go."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from screenalytics_app.api.models.common import Page
from screenalytics_app.api.problems import ProblemError

Item = TypeVar("Item")
Key = tuple[str | int | float, ...]

Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before")]


def page_of(items: Sequence[Item], key: Callable[[Item], Key], cursor: str | None, limit: int) -> Page[Item]:
    """Return the items after a cursor, at most `limit`, in order of their keys, which are unique.

    Raises:
        ProblemError: the cursor is not one of this list.
    """
    ordered = sorted(items, key=key)
    if cursor is not None:
        after = _decoded(cursor, key(ordered[0]) if ordered else ())
        ordered = [item for item in ordered if key(item) > after] if ordered else []
    part = ordered[:limit]
    return Page(items=tuple(part), next=_encoded(key(part[-1])) if len(ordered) > limit else None)


def _encoded(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _decoded(cursor: str, like: Key) -> Key:
    """Return the key in a cursor, which must have the types of `like`, if that is known."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise _invalid(cursor) from None
    if not isinstance(values, list) or (like and [_kind(v) for v in values] != [_kind(v) for v in like]):
        raise _invalid(cursor)
    return tuple(values)


def _kind(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return "none"
    return "text" if isinstance(value, str) else "number"


def _invalid(cursor: str) -> ProblemError:
    return ProblemError(
        422, "invalid", f"{cursor[:40]!r} is not a cursor of this list: leave it out to begin with the first page."
    )
