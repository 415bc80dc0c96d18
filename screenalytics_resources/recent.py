"""The last few values that this process has used, by key."""

from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """At most `limit` values; the one that was put longest ago leaves first. Threads can share it."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._values: dict[Key, Value] = {}
        self._turn = Lock()

    def get(self, key: Key) -> Value | None:
        """Return the value of a key, or None."""
        return self._values.get(key)

    def put(self, key: Key, value: Value) -> None:
        """Keep a value."""
        with self._turn:
            self._values.pop(key, None)
            self._values[key] = value
            for oldest in list(self._values)[: -self._limit]:
                del self._values[oldest]
