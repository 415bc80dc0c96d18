"""Identity of a process that holds a lock, as stored with the lock and shown in messages.

Host name and pid do not identify a process: containers share both, and a pid is reused. So the boot id of the kernel,
the pid namespace and the start time of the process belong to the identity.
"""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

_PROC = Path("/proc")
_START_TIME = 19
"""Index of the start time among the fields of `/proc/{pid}/stat` after the name, field 22 in proc(5)."""


def this_process() -> dict[str, str]:
    """Return the identity of this process as ASCII text. Parts that the system does not provide are empty."""
    return {
        "host": socket.gethostname().encode("ascii", "replace").decode(),
        "pid": str(os.getpid()),
        "boot": _boot_id(),
        "pid-namespace": _pid_namespace(),
        "started": _start_time(os.getpid()),
    }


def is_dead(holder: Mapping[str, str]) -> bool:
    """Return whether the holder is certainly dead. False if its pid means nothing here, as on another machine."""
    here = this_process()
    if any(not here[part] or holder.get(part) != here[part] for part in ("boot", "pid-namespace")):
        return False
    if not holder.get("pid", "").isdigit() or not holder.get("started"):
        return False
    pid = int(holder["pid"])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    started = _start_time(pid)
    return bool(started) and started != holder["started"]


def described(holder: Mapping[str, str]) -> str:
    """Return the holder as messages show it."""
    return f"pid {holder.get('pid', 'unknown')} on {holder.get('host', 'unknown')}"


def _boot_id() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def _pid_namespace() -> str:
    try:
        return str((_PROC / "self/ns/pid").readlink())
    except OSError:
        return ""


def _start_time(pid: int) -> str:
    """Return the start time in clock ticks since boot; empty if the system does not show it."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[_START_TIME]
