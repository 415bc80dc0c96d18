"""The decision log of an episode: the table in the database, and its mirror file, which follows it.

A gesture is committed in the database first. The mirror follows before the caller gets its answer. A process that is
killed in between loses nothing, because the next use of the log brings the mirror in line.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import (
    FILE,
    Mirror,
    decisions_in,
    line_of,
    read_mirror,
    read_seal,
    write_mirror,
)
from screenalytics_resources.decisions.records import Decision, Gesture
from screenalytics_resources.errors import UserError

if TYPE_CHECKING:
    from screenalytics_resources.facebank.cast_store import CastStore
    from screenalytics_resources.facebank.decisions import DecisionLog


def append_gesture(
    store: ArtifactStore,
    cast: "CastStore",
    ep_id: str,
    actor: str,
    key: str | None,
    build: Callable[[tuple[Decision, ...]], Gesture],
) -> tuple[Decision, ...]:
    """Append a gesture in the database and in the mirror, and return its decisions; see `Decisions.append`.

    Raises:
        UserError: as `Decisions.append` and `reconcile`, and then nothing is written. Or the mirror cannot be written;
            the message says that the decision is saved.
    """
    if not _continues(store, cast, ep_id):
        _reconcile(store, cast, ep_id, is_new=True)
    appended = cast.append(ep_id, actor, key, build)
    try:
        reconcile(store, cast, ep_id)
    except (UserError, OSError) as error:
        raise UserError(
            f"The decision on {ep_id} is saved in the database, but {FILE} could not be written "
            f"({str(error).rstrip('.')}): repair that, and repeat the command, which writes the file."
        ) from error
    return appended


def reconcile(store: ArtifactStore, cast: "CastStore", ep_id: str) -> None:
    """Bring table and mirror in line: the shorter one gets the decisions that only the other one has.

    The mirror is longer if the data root was copied to another database, or the database is an older backup.

    Raises:
        UserError: the mirror is damaged, or both have decisions that the other one does not have.
    """
    _reconcile(store, cast, ep_id)


def _reconcile(store: ArtifactStore, cast: "CastStore", ep_id: str, is_new: bool = False) -> None:
    """See `reconcile`. With `is_new`, an empty log and mirror are made if there are none.

    A mirror thus exists before the first decision is stored, so a removal of the episode knows that it has a log.
    """
    with cast.decisions_file_lock(ep_id):
        if is_new:
            cast.create_decision_log(ep_id)
        state = cast.decision_log_state(ep_id)
        seal = read_seal(store, ep_id)
        if state and seal and (seal.epoch, seal.decisions) == (state.epoch, state.last_seq):
            return
        mirror = read_mirror(store, ep_id)
        log = cast.decision_log(ep_id)
        if mirror is not None and log is not None and _extends(log, mirror):
            write_mirror(store, ep_id, log.epoch, log.decisions[mirror.seal.decisions :], mirror)
            return
        if mirror is not None and mirror.seal.decisions:
            _import_newer(store, cast, ep_id, decisions_in(store, ep_id, mirror))
            log = cast.decision_log(ep_id)
        if log is not None:
            write_mirror(store, ep_id, log.epoch, log.decisions)


def _continues(store: ArtifactStore, cast: "CastStore", ep_id: str) -> bool:
    """Return whether the log in the database continues the mirror. The mirror is read first, because logs only grow."""
    seal = read_seal(store, ep_id)
    state = cast.decision_log_state(ep_id)
    return bool(seal and state and seal.epoch == state.epoch and seal.decisions <= state.last_seq)


def _extends(log: "DecisionLog", mirror: Mirror) -> bool:
    """Return whether the log is the mirror with decisions after it: of the same epoch, with the same last decision."""
    last = mirror.seal.decisions
    if mirror.seal.epoch != log.epoch or not 0 < last <= len(log.decisions):
        return False
    last_line = mirror.lines[mirror.lines.rfind(b"\n", 0, -1) + 1 :]
    return last_line == line_of(log.decisions[last - 1])


def _import_newer(store: ArtifactStore, cast: "CastStore", ep_id: str, mirrored: Sequence[Decision]) -> None:
    """Import the decisions that only the mirror has. Raises `UserError` if the database has others in their place."""
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
