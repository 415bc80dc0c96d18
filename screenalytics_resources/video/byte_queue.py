"""Queue from one thread to another whose size is limited in bytes, to bound the memory that large frames take."""

import threading
from collections import deque
from typing import Generic, TypeVar

Item = TypeVar("Item")


class ByteQueue(Generic[Item]):
    """First in, first out. Holds at most `limit` bytes and `count` items, but always one."""

    def __init__(self, limit: int, count: int) -> None:
        self._limit = limit
        self._count = count
        self._items: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._closed = False
        self._changed = threading.Condition()

    def put(self, item: Item, size: int = 0) -> bool:
        """Add `item` of `size` bytes. Waits until there is room; returns False if the queue is closed."""
        with self._changed:
            while not (self._closed or self._has_room(size)):
                self._changed.wait()
            if not self._closed:
                self._items.append((item, size))
                self._bytes += size
                self._changed.notify()
            return not self._closed

    def get(self) -> Item:
        """Remove the first item. Waits until there is one."""
        with self._changed:
            while not self._items:
                self._changed.wait()
            item, size = self._items.popleft()
            self._bytes -= size
            self._changed.notify()
            return item

    def close(self) -> None:
        """Drop all items and refuse further ones."""
        with self._changed:
            self._closed = True
            self._items.clear()
            self._bytes = 0
            self._changed.notify_all()

    def _has_room(self, size: int) -> bool:
        return not self._items or (len(self._items) < self._count and self._bytes + size <= self._limit)
