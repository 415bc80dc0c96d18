"""CPU time of the parts of a program, counted per thread and without the time of parts that a part calls."""

import builtins
import functools
import importlib
import inspect
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

OWN_CODE = ("screenalytics_", "benchmarks.")
"""Modules in which a wrapped function replaces the original one."""


@dataclass
class _Open:
    """A part that a thread is in: CPU seconds of the thread when it began, and those spent in parts that it called."""

    part: str
    began: float
    inner: float = 0.0


@dataclass
class PartTimer:
    """Seconds of CPU time per part. Any thread may time parts; time in native threads is not counted."""

    clock: Callable[[], float] = time.thread_time
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _local: threading.local = field(default_factory=threading.local)

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Count the block as `part`."""
        self._enter(part)
        try:
            yield
        finally:
            self._leave()

    def wrap(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return `function` with its time counted as `part`. In a generator, only the generator's own time counts."""
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generator(*args: Any, **kwargs: Any) -> Iterator[Any]:
                source = function(*args, **kwargs)
                try:
                    while True:
                        with self.timed(part):
                            try:
                                item = next(source)
                            except StopIteration:
                                return
                        yield item
                finally:
                    source.close()

            return generator

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self._enter(part)
            try:
                return function(*args, **kwargs)
            finally:
                self._leave()

        return wrapper

    def wrap_imports(self, part: str) -> None:
        """Count the import statements of this process as `part` from now on."""
        builtins.__import__ = self.wrap(part, builtins.__import__)

    def wrap_named(self, part: str, name: str) -> None:
        """Count the function or method `name`, such as `package.module:Class.method`, as `part` from now on.

        Modules that have imported a function by name receive the wrapped one too.

        Raises:
            AttributeError, ImportError: no such function exists. The table of parts is out of date.
        """
        module_name, _, path = name.partition(":")
        owner: Any = importlib.import_module(module_name)
        *outer, attribute = path.split(".")
        for step in outer:
            owner = getattr(owner, step)
        original = getattr(owner, attribute)
        wrapped = self.wrap(part, original)
        setattr(owner, attribute, wrapped)
        if not outer:
            _replace_in_modules(original, wrapped)

    def _enter(self, part: str) -> None:
        self._stack().append(_Open(part, self.clock()))

    def _leave(self) -> None:
        stack = self._stack()
        left = stack.pop()
        spent = self.clock() - left.began
        with self._lock:
            self.seconds[left.part] += spent - left.inner
        if stack:
            stack[-1].inner += spent

    def _stack(self) -> list[_Open]:
        stack: list[_Open] | None = getattr(self._local, "stack", None)
        if stack is None:
            stack = self._local.stack = []
        return stack


def _replace_in_modules(original: Callable[..., Any], wrapped: Callable[..., Any]) -> None:
    for module in list(sys.modules.values()):
        if module.__name__.startswith(OWN_CODE):
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, wrapped)
