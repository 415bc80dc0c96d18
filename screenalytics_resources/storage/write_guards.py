"""Guards of writes to S3: each attempt of a request that changes an object first asks the lock of its episode.

botocore repeats a request after seconds or minutes, when the lock may be lost. So the check is not made once per
request but immediately before each attempt is sent.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Guard = Callable[[], Awaitable[None]]
"""Raises `UserError` if the lock is not held. Runs on the event loop of the request."""

LOCKS = "locks"
"""Folder of the locks below the data root."""
_CHANGES = (
    "put_object",
    "delete_object",
    "copy_object",
    "create_multipart_upload",
    "upload_part",
    "complete_multipart_upload",
)
"""First letters of the methods of the S3 API that change objects."""
_registered: list[tuple[str, Guard]] = []
"""Path of the lock, without the protocol, and the guard of each lock that this process holds."""
_current: ContextVar[tuple[Guard, ...]] = ContextVar("guards of the current request", default=())


@contextmanager
def guarded_by(lock: str, guard: Guard) -> Iterator[None]:
    """Ask `guard` before each write to what `lock` protects: `{root}/*/{name}/` for the lock `{root}/locks/{name}`."""
    entry = (lock, guard)
    _registered.append(entry)
    try:
        yield
    finally:
        _registered.remove(entry)


@contextmanager
def guarded_request(method: str, parameters: Mapping[str, Any]) -> Iterator[None]:
    """Apply the guards of the objects that a request changes to each of its attempts within the block."""
    token = _current.set(_guards_of(method, parameters))
    try:
        yield
    finally:
        _current.reset(token)


async def before_send(**_: Any) -> None:
    """Handler of botocore's event `before-send`, which is emitted for each attempt of a request."""
    for guard in _current.get():
        await guard()


def _guards_of(method: str, parameters: Mapping[str, Any]) -> tuple[Guard, ...]:
    if not _registered or not method.startswith(_CHANGES):
        return ()
    keys = [entry["Key"] for entry in parameters.get("Delete", {}).get("Objects", [])] or [parameters.get("Key", "")]
    paths = [f"{parameters.get('Bucket', '')}/{key}" for key in keys]
    return tuple(guard for lock, guard in _registered if any(_protects(lock, path) for path in paths))


def _protects(lock: str, path: str) -> bool:
    root, _, name = lock.rpartition(f"/{LOCKS}/")
    if not path.startswith(f"{root}/"):
        return False
    room, _, rest = path.removeprefix(f"{root}/").partition("/")
    return room != LOCKS and (rest == name or rest.startswith(f"{name}/"))
