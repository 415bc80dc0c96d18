"""One poll for many listeners."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from screenalytics_app.api.live.shared_poll import SharedPoll

LAST = 5


def counting(poll: Callable[[], int], every_s: float = 0.0) -> SharedPoll[int]:
    return SharedPoll(poll, every_s, lambda value: value >= LAST)


async def listen(poll: SharedPoll[int], idle_s: float = 10.0) -> list[int | None]:
    return [value async for value in poll.listen(idle_s)]


def numbers(*values: int) -> Callable[[], int]:
    iterator: Iterator[int] = iter(values)
    return lambda: next(iterator)


def within_seconds(work: Awaitable[object]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(10):
            await work

    asyncio.run(limited())


def test_listeners_share_one_poll_and_end_with_the_last_value() -> None:
    calls = []

    def poll() -> int:
        calls.append(None)
        return min(LAST, len(calls))

    async def work() -> None:
        shared = SharedPoll(poll, 0.0, lambda value: value >= LAST)
        heard = await asyncio.gather(*(listen(shared) for _ in range(20)))
        for values in heard:
            assert values[-1] == LAST
            assert values == sorted(set(values), key=lambda value: value or 0)
        assert len(calls) == LAST
        assert shared.is_stopped

    within_seconds(work())


def test_an_equal_value_is_no_news() -> None:
    async def work() -> None:
        assert await listen(counting(numbers(1, 1, 1, LAST))) == [1, LAST]

    within_seconds(work())


def test_who_waits_longer_than_idle_hears_none() -> None:
    async def work() -> None:
        poll = counting(numbers(1, LAST), every_s=60.0)
        heard: list[int | None] = []
        async for value in poll.listen(0.01):
            heard.append(value)
            if value is None:
                poll.hurry()
        assert heard[0] in (1, None)
        assert heard[-1] == LAST
        assert None in heard

    within_seconds(work())


def test_a_failed_poll_reaches_every_listener() -> None:
    async def work() -> None:
        def fail() -> int:
            raise ValueError("gone")

        poll = counting(fail)

        async def failing() -> None:
            with pytest.raises(ValueError, match="gone"):
                await listen(poll)

        await asyncio.gather(failing(), failing())

    within_seconds(work())


def test_a_stop_ends_listeners_and_the_poll() -> None:
    async def work() -> None:
        poll = counting(lambda: 1, every_s=60.0)
        listeners = [asyncio.create_task(listen(poll)) for _ in range(3)]
        while poll.listeners < 3:
            await asyncio.sleep(0)
        poll.stop()
        for heard in await asyncio.gather(*listeners):
            assert heard in ([], [1])
        assert poll.listeners == 0
        assert await listen(poll) == []

    within_seconds(work())


def test_the_poll_ends_with_its_last_listener() -> None:
    async def work() -> None:
        poll = counting(lambda: 1)
        listener = asyncio.create_task(listen(poll))
        while poll.listeners < 1:
            await asyncio.sleep(0)
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
        assert (poll.listeners, poll.is_stopped) == (0, True)

    within_seconds(work())
