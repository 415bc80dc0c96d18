"""What must be true at the end of the week. Each expectation has the problems that contradict it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.live.same_artifacts import comparable_files
from screenalytics_assets.library.episode_states import state_of
from screenalytics_assets.lineage.artifact_table import EPISODE_SPECS
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import HeldLockError
from screenalytics_resources.sealed_files import read_seal


@dataclass(frozen=True)
class Expectation:
    """One sentence that must be true, and the problems that contradict it: none if it is."""

    sentence: str
    problems: list[str]

    @property
    def is_met(self) -> bool:
        """Whether there are no problems."""
        return not self.problems


def alerts_of_the_bad(states: Mapping[str, Sequence[str]], expected: Mapping[str, Sequence[str]]) -> list[str]:
    """Return each bad file and partition key whose alerts have other states than expected."""
    return [
        f"{key.strip()}: expected {', '.join(wanted)}, but got {', '.join(states.get(key, ())) or 'no alert'}"
        for key, wanted in expected.items()
        if list(states.get(key, ())) != list(wanted)
    ]


def not_recovered(newest: Mapping[str, str], expected: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the keys of all other alerts whose `newest` state is not `passed`."""
    return [f"{key.strip()}: {state}" for key, state in newest.items() if key not in expected and state != "passed"]


def differences(store: ArtifactStore, episodes: Iterable[str], reference: ArtifactStore, ep_id: str) -> list[str]:
    """Return the artifact files of `episodes` that differ from those of the episode `ep_id` in `reference`."""
    wanted = anonymous_files(reference, ep_id)
    found: list[str] = []
    for one in episodes:
        files = anonymous_files(store, one)
        different = [name for name in sorted(files.keys() | wanted.keys()) if files.get(name) != wanted.get(name)]
        found += [f"{one}: {', '.join(different)}"] if different else []
    return found


def anonymous_files(store: ArtifactStore, ep_id: str) -> dict[str, bytes]:
    """Return `comparable_files` without what depends on the episode's id.

    The id becomes `EPISODE`, and each digest, which covers the id, the name of its artifact. An artifact that was built
    from an earlier version of its input names a digest that is not replaced, so it differs.
    """
    seals = {asset: read_seal(store, spec, ep_id) for asset, spec in EPISODE_SPECS.items()}
    names = {seal.digest: f"digest of {asset}" for asset, seal in seals.items() if seal}
    names[ep_id] = "EPISODE"
    files = comparable_files(store, ep_id)
    return {_replaced(path.encode(), names).decode(): _replaced(content, names) for path, content in files.items()}


def not_whole(store: ArtifactStore, episodes: Iterable[str]) -> list[str]:
    """Return the episodes that miss an artifact or have one that is out of date."""
    states = [state_of(store, ep_id) for ep_id in episodes]
    return [f"{state.ep_id}: {state.kind} ({', '.join(state.to_make)})" for state in states if state.kind != "whole"]


def held_locks(store: ArtifactStore, episodes: Iterable[str]) -> list[str]:
    """Return the episodes whose lock another process holds."""
    held: list[str] = []
    for ep_id in episodes:
        try:
            with episode_lock(store, ep_id, finish_promotion=False):
                pass
        except HeldLockError:
            held.append(f"lock of {ep_id}")
    return held


def _replaced(content: bytes, names: Mapping[str, str]) -> bytes:
    for old, new in names.items():
        content = content.replace(old.encode(), new.encode())
    return content
