"""A poll that several listeners share. It runs only while there is a listener."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")

PAUSE_FACTOR = 10
"""The pause between two polls is at least this many times as long as a poll, so that a large library costs little."""


class SharedPoll(Generic[T]):
    """Calls `poll` in a worker thread every `every_s` seconds, and hands each new value to all listeners.

    Listeners see the newest value; a slow one misses those in between. `is_last` tells that nothing follows a value.
    All methods belong to the event loop.
    """

    def __init__(
        self, poll: Callable[[], T], every_s: float, is_last: Callable[[T], bool] = lambda value: False
    ) -> None:
        self._poll, self._every_s, self._is_last = poll, every_s, is_last
        self._values: list[T] = []
        self._number = 0
        self._error: Exception | None = None
        self._is_stopped = False
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.listeners = 0

    async def listen(self, idle_s: float) -> AsyncGenerator[T | None]:
        """Yield the value, then each new one, and None after `idle_s` seconds without one. Ends after the last value.

        Raises the exception of a poll that fails.
        """
        self.listeners += 1
        self._task = self._task or asyncio.create_task(self._run())
        seen = 0
        try:
            while not self._is_stopped:
                if not await self._is_news_after(seen, idle_s):
                    yield None
                elif self._error is not None:
                    raise self._error
                elif self._number > seen:
                    seen, value = self._number, self._values[-1]
                    yield value
                    if self._is_last(value):
                        return
        finally:
            self.listeners -= 1
            if not self.listeners:
                self.stop()

    def hurry(self) -> None:
        """Poll at once."""
        self._hurry.set()

    def stop(self) -> None:
        """End the poll and all listeners."""
        self._is_stopped = True
        self._announce()
        if self._task is not None:
            self._task.cancel()

    @property
    def is_stopped(self) -> bool:
        """Whether it has ended and accepts no new listeners."""
        return self._is_stopped

    async def _is_news_after(self, seen: int, idle_s: float) -> bool:
        if self._number > seen or self._error is not None:
            return True
        try:
            await asyncio.wait_for(self._news.wait(), idle_s)
        except TimeoutError:
            return False
        return True

    async def _run(self) -> None:
        try:
            while True:
                began = time.monotonic()
                self._hurry.clear()
                value = await asyncio.to_thread(self._poll)
                if not self._values or value != self._values[-1]:
                    self._values, self._number = [value], self._number + 1
                    self._announce()
                if self._is_last(value):
                    return
                await self._pause(time.monotonic() - began)
        except Exception as error:
            self._error = error
            self._announce()

    async def _pause(self, took_s: float) -> None:
        try:
            await asyncio.wait_for(self._hurry.wait(), max(self._every_s, PAUSE_FACTOR * took_s))
        except TimeoutError:
            return

    def _announce(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
