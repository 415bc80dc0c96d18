"""Child process that is killed with SIGKILL at a chosen file system call."""

import os
import signal
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

CALLS = ("replace", "rename", "unlink", "link", "fsync", "mkdir", "rmdir")
"""Calls that change names or wait for the disk. `Path` and `shutil` call them through `os`."""


def die_at(number: int, work: Callable[[], object]) -> bool:
    """Run `work` in a child that is killed at its call number `number`. Returns whether `work` finished before that."""
    child = os.fork()
    if child == 0:
        _run_and_die(number, work)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code in (0, -signal.SIGKILL)
    return code == 0


def _run_and_die(number: int, work: Callable[[], object]) -> NoReturn:
    count = 0

    def counted(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> Any:
        nonlocal count
        count += 1
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*arguments, **parameters)

    for name in CALLS:
        setattr(os, name, partial(counted, getattr(os, name)))
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
