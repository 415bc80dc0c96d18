"""Episodes about which people decided something that their identities do not have yet, and who have stopped deciding.

Only the first line of each log's mirror is read, so a scan of 1,000 episodes takes a fraction of a second on a disk.
The seal of the identities is read once per change.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import read_seal

_DIGITS = 12
"""Hexadecimal digits of a hash that are remembered."""


class Waiting(BaseModel):
    """Decisions that the identities do not have, and since when they have not changed, in seconds since 1970."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str
    since: float


class Memory(BaseModel):
    """What is known of each episode with decisions: the hash that was dealt with, and what waits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    settled: dict[str, str] = {}
    waiting: dict[str, Waiting] = {}


@dataclass(frozen=True)
class Scan:
    """Episodes to cluster again now, in order, and the memory for the next scan if they are."""

    ready: tuple[str, ...]
    memory: Memory

    def memory_without(self, postponed: Iterable[str]) -> Memory:
        """Return the memory if some of the ready episodes were postponed: they stay ready."""
        later = set(postponed)
        settled = {ep_id: sha256 for ep_id, sha256 in self.memory.settled.items() if ep_id not in later}
        return self.memory.model_copy(update={"settled": settled})


def scan_decisions(store: ArtifactStore, episodes: Iterable[str], memory: Memory, now: float, quiet_s: float) -> Scan:
    """Compare the decisions about these episodes with the last scan, at the time `now`, in seconds since 1970.

    An episode is ready once its decisions have not changed for `quiet_s` seconds. An episode without identities needs
    nothing, because its first run knows the decisions.
    """
    settled: dict[str, str] = {}
    waiting: dict[str, Waiting] = {}
    ready: list[str] = []
    for ep_id in episodes:
        sha256 = decisions_sha256(store, ep_id)
        if sha256 == NO_DECISIONS:
            continue
        short = sha256[:_DIGITS]
        seen = memory.waiting.get(ep_id)
        if memory.settled.get(ep_id) == short or (seen is None and _is_included(store, ep_id, sha256)):
            settled[ep_id] = short
        elif seen is None or seen.sha256 != short:
            waiting[ep_id] = Waiting(sha256=short, since=now)
        elif now - seen.since < quiet_s:
            waiting[ep_id] = seen
        else:
            waiting[ep_id] = seen
            settled[ep_id] = short
            ready.append(ep_id)
    return Scan(tuple(ready), Memory(settled=settled, waiting=waiting))


def _is_included(store: ArtifactStore, ep_id: str, sha256: str) -> bool:
    """Return whether the identities were built with these decisions, or do not exist. A run reports a damaged seal."""
    try:
        seal = read_seal(store, IDENTITIES, ep_id)
    except UserError:
        return True
    return seal is None or seal.provenance.inputs.get("decisions") == sha256
