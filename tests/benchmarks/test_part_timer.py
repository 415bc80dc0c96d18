"""The timer of parts: nested parts, generators, threads and replaced names, with a clock that the test sets."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module

import pytest

from benchmarks.job_profile import FUNCTIONS, REST, START, with_rest
from benchmarks.part_timer import PartTimer


@dataclass
class Clock:
    """A clock per thread that only advances by `work`, like the CPU time of a thread."""

    local: threading.local = field(default_factory=threading.local)

    def __call__(self) -> float:
        return getattr(self.local, "now", 0.0)

    def work(self, seconds: float) -> None:
        self.local.now = self() + seconds


def test_a_part_is_counted_without_the_parts_that_it_calls() -> None:
    clock = Clock()
    timer = PartTimer(clock)
    inner = timer.wrap("inner", clock.work)

    def work(seconds: float) -> str:
        clock.work(1.0)
        inner(seconds)
        inner(seconds)
        clock.work(2.0)
        return "done"

    assert timer.wrap("outer", work)(5.0) == "done"
    assert timer.seconds == {"outer": 3.0, "inner": 10.0}


def test_recursion_counts_once() -> None:
    clock = Clock()
    timer = PartTimer(clock)

    def descend(depth: int) -> None:
        clock.work(1.0)
        if depth:
            wrapped(depth - 1)

    wrapped = timer.wrap("part", descend)
    wrapped(3)
    assert timer.seconds == {"part": 4.0}


def test_an_error_is_counted_and_raised() -> None:
    clock = Clock()
    timer = PartTimer(clock)

    def fail() -> None:
        clock.work(2.0)
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        timer.wrap("part", fail)()
    timer.wrap("part", clock.work)(1.0)
    assert timer.seconds == {"part": 3.0}


def test_a_generator_is_counted_without_its_consumer() -> None:
    clock = Clock()
    timer = PartTimer(clock)
    closed = []

    def numbers() -> Iterator[int]:
        try:
            for number in range(3):
                clock.work(1.0)
                yield number
            clock.work(0.5)
        finally:
            closed.append(True)

    wrapped = timer.wrap("numbers", numbers)
    seen = []
    for number in wrapped():
        clock.work(10.0)
        seen.append(number)
    assert (seen, timer.seconds) == ([0, 1, 2], {"numbers": 3.5})
    abandoned = wrapped()
    next(abandoned)
    abandoned.close()
    assert (timer.seconds["numbers"], closed) == (4.5, [True, True])


def test_threads_are_added_up() -> None:
    clock = Clock()
    timer = PartTimer(clock)
    wrapped = timer.wrap("part", clock.work)
    threads = [threading.Thread(target=wrapped, args=(2.0,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    with timer.timed("waiting"):
        for thread in threads:
            thread.join()
    assert timer.seconds == {"part": 8.0, "waiting": 0.0}


def test_a_wrapped_function_replaces_imported_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    checksum = import_module("screenalytics_resources.checksum")
    user = import_module("screenalytics_app.actions.run_episode")
    for module in (checksum, user):
        monkeypatch.setattr(module, "file_sha256", checksum.file_sha256)  # restores both after the test
    PartTimer().wrap_named("hash", "screenalytics_resources.checksum:file_sha256")
    assert user.file_sha256 is checksum.file_sha256
    assert hasattr(user.file_sha256, "__wrapped__")


@pytest.mark.parametrize(("part", "name"), [(part, name) for part, names in FUNCTIONS.items() for name in names])
def test_every_function_of_the_profile_exists(part: str, name: str) -> None:
    module, _, path = name.partition(":")
    value = import_module(module)
    for step in path.split("."):
        value = getattr(value, step)
    assert callable(value), part


def test_the_rest_is_the_time_in_no_part() -> None:
    parts, total = with_rest({START: 1.0, "decode": 2.5}, 4.0)
    assert list(parts) == [START, *FUNCTIONS, REST]
    assert (parts[START], parts["decode"], parts["detect"], parts[REST], total) == (1.0, 2.5, 0.0, 0.5, 4.0)


def test_parts_longer_than_the_process_are_refused() -> None:
    assert with_rest({"decode": 4.02}, 4.0)[0][REST] == 0.0
    with pytest.raises(RuntimeError, match=r"at most the 4\.00 s of the process, got 4\.10 s"):
        with_rest({"decode": 4.1}, 4.0)
