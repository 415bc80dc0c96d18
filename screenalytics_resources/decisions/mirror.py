"""The mirror of a decision log: `decisions.jsonl` among the manifests, for readers without the database.

An episode has one, and so has a show of which people compared episodes. The first line is the seal, and each other
line is one decision, in order of `seq`. The file is always replaced as a whole. The database is authoritative while it
has the log; a data root that is copied to another database brings the log along in this file. Only the owner of the
file can read it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_resources.artifact_reader import is_of_newer_release
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.announcement import is_behind
from screenalytics_resources.decisions.log_file import write_log_file
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.episode_id import is_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.garbage_collection import no_garbage_collection
from screenalytics_resources.recent import Recent

if TYPE_CHECKING:
    from upath import UPath

FILE = "decisions.jsonl"
NO_DECISIONS = "none"
BEHIND = "behind"
"""Instead of the hash of a mirror that lacks decisions. It equals no hash, so whatever was built from it is stale."""
VERSION = 1
_SEAL_BYTES = 1024


class MirrorSeal(BaseModel):
    """First line: the number of decisions, the SHA-256 of all other lines, and the epoch of the log in the database."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int = VERSION
    decisions: int
    sha256: str
    epoch: UUID


class _FirstLine(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    seal: MirrorSeal


@dataclass(frozen=True)
class Mirror:
    """A mirror in memory: its seal, the complete content, and the SHA-256 of its lines, which can be continued."""

    seal: MirrorSeal
    content: bytes
    hashed: "hashlib._Hash"


_parsed: Recent[str, tuple[bytes, tuple[Decision, ...]]] = Recent(4)
"""Lines that were read last, and their decisions, by path."""


def decisions_sha256(store: ArtifactStore, ep_id: str) -> str:
    """Return the SHA-256 of the decisions: `none` without any, `unreadable` if the file is damaged, or `BEHIND`.

    Only the first line is read.
    """
    try:
        seal = read_seal(store, ep_id)
    except UserError:
        return "unreadable"
    if seal and is_behind(store, ep_id, seal.decisions):
        return BEHIND
    return seal.sha256 if seal and seal.decisions else NO_DECISIONS


def read_seal(store: ArtifactStore, ep_id: str) -> MirrorSeal | None:
    """Return the seal of the mirror without reading the rest; None without a file. Raises as `read_decisions`."""
    path = store.manifest(ep_id, FILE)
    ends = store.place.read_ends(path, _SEAL_BYTES, 0)
    return None if ends is None else _seal(store, path, ends[0].partition(b"\n")[0])


def read_decisions(store: ArtifactStore, ep_id: str) -> tuple[Decision, ...]:
    """Return the decisions in the mirror, in order; none without a file.

    Lines that this process has read before are not parsed again, which would take half a second for 1,000 decisions.

    Raises:
        UserError: the file is damaged, or a newer release wrote it.
    """
    path = store.manifest(ep_id, FILE)
    (content,) = store.place.read_all([path])
    if content is None:
        return ()
    first, _, lines = content.partition(b"\n")
    seal = _seal(store, path, first)
    if hashlib.sha256(lines).hexdigest() != seal.sha256:
        raise _damaged(store, path, "its decisions do not match the checksum in its first line (edited or truncated?)")
    known = _parsed.get(str(path))
    start, before = known if known and lines.startswith(known[0]) else (b"", ())
    try:
        with no_garbage_collection():
            decisions = (*before, *map(Decision.model_validate_json, lines[len(start) :].splitlines()))
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"])) or "a line"
        raise (_newer if is_of_newer_release(error) else _damaged)(store, path, f"{where} is invalid") from None
    if [(one.ep_id, one.seq) for one in decisions] != [(ep_id, seq) for seq in range(1, seal.decisions + 1)]:
        raise _damaged(store, path, f"its lines are not decisions 1 to {seal.decisions} of {ep_id}")
    if lines.endswith(b"\n"):
        _parsed.put(str(path), (lines, decisions))
    return decisions


def make_mirror(epoch: UUID, lines: Sequence[bytes], before: Mirror | None = None) -> Mirror:
    """Return the mirror with the lines of `before` and these, which follow them."""
    hashed = before.hashed.copy() if before else hashlib.sha256()
    hashed.update(b"".join(lines))
    count = (before.seal.decisions if before else 0) + len(lines)
    seal = MirrorSeal(decisions=count, sha256=hashed.hexdigest(), epoch=epoch)
    old = memoryview(before.content)[before.content.index(b"\n") + 1 :] if before else b""
    return Mirror(seal, b"".join([_FirstLine(seal=seal).model_dump_json().encode(), b"\n", old, *lines]), hashed)


def write_mirror(store: ArtifactStore, ep_id: str, mirror: Mirror) -> None:
    """Replace the mirror file."""
    write_log_file(store, ep_id, FILE, mirror.content)


def line_of(decision: Decision) -> bytes:
    """Return the line of a decision in the mirror."""
    return decision.model_dump_json().encode() + b"\n"


def _seal(store: ArtifactStore, path: "UPath", line: bytes) -> MirrorSeal:
    try:
        seal = _FirstLine.model_validate_json(line).seal
    except ValidationError as error:
        if {detail["type"] for detail in error.errors()} == {"extra_forbidden"}:
            raise _newer(store, path, "its seal has fields that this release does not know") from None
        raise _damaged(store, path, "its first line is not a seal (edited or truncated?)") from None
    if seal.version > VERSION:
        raise _newer(store, path, f"its seal has version {seal.version}")
    return seal


def _damaged(store: ArtifactStore, path: "UPath", cause: str) -> UserError:
    return UserError(
        f"{store.relative(path)} cannot be used: {cause}; put back a copy of it, or delete it, and the next decision "
        f"or `screenalytics identity history {log_option(path.parent.name)}` writes it again from the database."
    )


def log_option(log_id: str) -> str:
    """Return the option that names a log to the commands `identity history`, `undo` and `redo`."""
    return f"--show {log_id}" if is_show(log_id) else f"--ep-id {log_id}"


def _newer(store: ArtifactStore, path: "UPath", cause: str) -> UserError:
    return UserError(
        f"{store.relative(path)} cannot be used: a newer release wrote it ({cause}); update Screenalytics."
    )
