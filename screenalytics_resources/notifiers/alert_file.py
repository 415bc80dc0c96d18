"""Alert file on this machine: one JSON object per line. A file that has grown too large is rotated."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from screenalytics_resources.notifiers.notifier import Message, NotDeliveredError

MAX_BYTES = 10_000_000


@dataclass(frozen=True)
class AlertFile:
    """Notifier that appends to `path`, a file that only its owner can read.

    Once the file has `max_bytes` or more, it is renamed to `{path}.1`, replacing an older one, and a new file starts.
    """

    path: Path
    name: str = "file"
    max_bytes: int = MAX_BYTES

    def send(self, message: Message) -> None:
        line = json.dumps(message.fields, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        try:
            self._append(line)
        except OSError as error:
            raise NotDeliveredError(f"{self.path.name} cannot be written ({error.strerror})") from None

    def _append(self, line: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(self.path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)  # no other process may write while the file is being rotated
            self._rotate_if_large()
            self._write(line)
        finally:
            os.close(folder)

    def _rotate_if_large(self) -> None:
        if self.path.exists() and self.path.stat().st_size >= self.max_bytes:
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))

    def _write(self, line: bytes) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self.path, flags, 0o600), "rb+", buffering=0) as file:
            if _ends_with_torn_line(file.fileno()):
                line = b"\n" + line  # a killed writer or a full disk left a torn line: keep it separate
            if file.write(line) != len(line):
                raise OSError(0, "the disk is full")
            os.fsync(file.fileno())


def _ends_with_torn_line(descriptor: int) -> bool:
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
