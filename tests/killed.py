"""A child process that SIGKILL ends at a chosen file system call."""

import os
import signal
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

CALLS = ("replace", "rename", "unlink", "link", "fsync", "mkdir", "rmdir")
"""Calls that change names or wait for the disk; `Path` and `shutil` use them through `os`."""


def die_at(number: int, work: Callable[[], object]) -> bool:
    """Do `work` in a child that SIGKILL ends at its `number`-th call; whether the work was finished before."""
    child = os.fork()
    if child == 0:
        _run_and_die(number, work)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def _run_and_die(number: int, work: Callable[[], object]) -> NoReturn:
    seen = 0

    def counted(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **named)

    for name in CALLS:
        setattr(os, name, partial(counted, getattr(os, name)))
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
