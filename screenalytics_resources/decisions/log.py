"""The decision log of an episode or a show: the table in the database, and its mirror file, which follows it.

A gesture is committed in the database first. The mirror follows before the caller gets its answer. A process that is
killed in between loses nothing, because the next use of the log brings the mirror in line. Readers without the database
see by the announcement that the mirror is behind, and `catch_up` completes it.
"""

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.announcement import announce
from screenalytics_resources.decisions.mirror import (
    BEHIND,
    FILE,
    Mirror,
    MirrorSeal,
    decisions_sha256,
    line_of,
    make_mirror,
    read_decisions,
    read_seal,
    write_mirror,
)
from screenalytics_resources.decisions.records import Decision, Gesture
from screenalytics_resources.errors import UserError
from screenalytics_resources.recent import Recent

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore
    from screenalytics_resources.facebank.decisions import DecisionLog, LogState

_written: Recent[str, Mirror] = Recent(4)
"""Mirrors by path, so that an append does not read and hash a long one again: one of 1,000 decisions has 9 MB."""


def append_gesture(
    store: ArtifactStore,
    cast: "CastStore",
    ep_id: str,
    actor: str,
    key: str | None,
    build: Callable[[tuple[Decision, ...]], Gesture],
    fingerprint: str | None = None,
) -> tuple[Decision, ...]:
    """Append a gesture in the database and in the mirror, and return its decisions; see `Decisions.append`.

    Raises:
        KeyReusedError: as `Decisions.append`.
        UserError: as `Decisions.append` and `reconcile`, and then nothing is written. Or the mirror cannot be written;
            the message says that the decision is saved.
    """
    if not _continues(store, cast, ep_id):
        _reconcile(store, cast, ep_id, is_new=True)

    def announced(past: tuple[Decision, ...]) -> Gesture:
        gesture = build(past)
        announce(store, ep_id, len(past) + len(gesture.decisions))
        return gesture

    appended = cast.append(ep_id, actor, key, announced, fingerprint)
    try:
        _reconcile(store, cast, ep_id, needed=appended[-1].seq)
    except (UserError, OSError) as error:
        raise UserError(
            f"The decision on {ep_id} is saved in the database, but {FILE} could not be written "
            f"({str(error).rstrip('.')}): repair that, and repeat the command, which writes the file."
        ) from error
    return appended


def catch_up(store: ArtifactStore, ep_id: str) -> None:
    """Complete the mirror if a process was killed before it wrote it. Otherwise no database is opened.

    Raises:
        UserError: as `reconcile`, or the database cannot be used.
    """
    if decisions_sha256(store, ep_id) != BEHIND:
        return
    from screenalytics_resources.facebank.cast_store import open_cast_store

    with open_cast_store(store.root) as cast:
        _reconcile(store, cast, ep_id)
        cast.with_last_seq(ep_id, lambda last_seq: announce(store, ep_id, last_seq))


def reconcile(store: ArtifactStore, cast: "CastStore", ep_id: str) -> None:
    """Bring table and mirror in line: the shorter one gets the decisions that only the other one has.

    The mirror is longer if the data root was copied to another database, or the database is an older backup.

    Raises:
        UserError: the mirror is damaged, or both have decisions that the other one does not have.
    """
    _reconcile(store, cast, ep_id)


def _reconcile(store: ArtifactStore, cast: "CastStore", ep_id: str, is_new: bool = False, needed: int = 0) -> None:
    """See `reconcile`. With `is_new`, an empty log and mirror are made if there are none.

    A mirror thus exists before the first decision is stored, so a removal of the episode knows that it has a log. With
    `needed`, a mirror that has this many decisions is enough: while one process writes, others wait with theirs, and
    the next one writes those of all.
    """
    with cast.decisions_file_lock(ep_id):
        if is_new:
            cast.create_decision_log(ep_id)
        state = cast.decision_log_state(ep_id)
        seal = read_seal(store, ep_id)
        if state and seal and _is_enough(seal, state, needed or state.last_seq):
            return
        log = cast.decision_log(ep_id)
        if log is None or seal is None or not _write_longer(store, ep_id, log, seal):
            _import_newer(store, cast, ep_id)
            log = cast.decision_log(ep_id)
            if log is not None:
                _write(store, ep_id, make_mirror(log.epoch, list(map(line_of, log.decisions))))


def _continues(store: ArtifactStore, cast: "CastStore", ep_id: str) -> bool:
    """Return whether the log in the database continues the mirror. The mirror is read first, because logs only grow."""
    seal = read_seal(store, ep_id)
    state = cast.decision_log_state(ep_id)
    return bool(seal and state and _is_enough(seal, state, 0))


def _is_enough(seal: MirrorSeal, state: "LogState", needed: int) -> bool:
    """Return whether the mirror is of this epoch of the log, and has the decisions up to `needed`, or more."""
    return seal.epoch == state.epoch and needed <= seal.decisions <= state.last_seq


def _write_longer(store: ArtifactStore, ep_id: str, log: "DecisionLog", seal: MirrorSeal) -> bool:
    """Write the mirror, if the stored one with this seal is a part of the log. Returns whether it is.

    The decisions up to the seal's number have its checksum then, so the stored file need not be read.
    """
    before = _written.get(str(store.manifest(ep_id, FILE)))
    if before and not _begins_with(log, before, seal.decisions):
        before = None
    start = before.seal.decisions if before else 0
    lines = list(map(line_of, log.decisions[start:]))
    hashed = before.hashed.copy() if before else hashlib.sha256()
    hashed.update(b"".join(lines[: seal.decisions - start]))
    if (seal.epoch, seal.sha256) != (log.epoch, hashed.hexdigest()) or seal.decisions > len(log.decisions):
        return False
    _write(store, ep_id, make_mirror(log.epoch, lines, before))
    return True


def _begins_with(log: "DecisionLog", mirror: Mirror, limit: int) -> bool:
    """Return whether the log begins with the mirror, which has at most `limit` decisions."""
    count = mirror.seal.decisions
    if mirror.seal.epoch != log.epoch or not 0 < count <= min(limit, len(log.decisions)):
        return False
    return mirror.content.endswith(line_of(log.decisions[count - 1]))


def _write(store: ArtifactStore, ep_id: str, mirror: Mirror) -> None:
    write_mirror(store, ep_id, mirror)
    _written.put(str(store.manifest(ep_id, FILE)), mirror)


def _import_newer(store: ArtifactStore, cast: "CastStore", ep_id: str) -> None:
    """Import the decisions that only the mirror has. Raises `UserError` if the database has others in their place."""
    mirrored = read_decisions(store, ep_id)
    stored = cast.decisions(ep_id)
    for ours, theirs in zip(stored, mirrored, strict=False):
        if ours.decision_id != theirs.decision_id:
            raise UserError(
                f"{store.relative(store.manifest(ep_id, FILE))} and the database differ from decision {ours.seq} on "
                f"({len(mirrored)} and {len(stored)} decisions), so they are of two data roots: delete the file to "
                f"keep the decisions in the database, or use the database that the file belongs to."
            )
    if len(mirrored) > len(stored):
        cast.import_decisions(ep_id, mirrored[len(stored) :])
