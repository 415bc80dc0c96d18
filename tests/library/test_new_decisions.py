"""Episodes to cluster again after people decided something: when, and how often."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_assets.library import new_decisions as module
from screenalytics_assets.library.new_decisions import Memory, Scan, scan_decisions
from screenalytics_assets.lineage.provenance import with_inputs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import decisions_sha256, line_of, make_mirror, write_mirror
from screenalytics_resources.decisions.records import decisions_of
from screenalytics_resources.sealed_files import save_document
from tests.resources.decisions.gestures import gesture, lock
from tests.tiny_episode import EP_ID, NOW, write_tiny_episode

QUIET_S = 60.0
OTHER = "tiny-s01e02"


class Episodes:
    """A data root with one episode that has identities, and scans of it at different times."""

    def __init__(self, root: Path) -> None:
        self.store: ArtifactStore = write_tiny_episode(root)
        self.memory = Memory()

    def decide(self, count: int, ep_id: str = EP_ID) -> None:
        """Let the log have this many decisions."""
        decisions = decisions_of(gesture(*(lock(n) for n in range(1, count + 1))), ep_id, 0, NOW)
        write_mirror(self.store, ep_id, make_mirror(UUID(int=1), [line_of(one) for one in decisions]))

    def scan(self, now: float) -> Scan:
        found = scan_decisions(self.store, [EP_ID, OTHER], self.memory, now, QUIET_S)
        self.memory = found.memory
        return found

    def ready(self, now: float) -> tuple[str, ...]:
        return self.scan(now).ready


@pytest.fixture
def episodes(tmp_path: Path) -> Episodes:
    return Episodes(tmp_path)


def test_without_decisions_nothing_is_remembered(episodes: Episodes) -> None:
    assert episodes.ready(0.0) == episodes.ready(100.0) == ()
    assert episodes.memory == Memory()


def test_an_episode_is_ready_once_nobody_has_decided_for_a_while(episodes: Episodes) -> None:
    episodes.decide(1)
    assert episodes.ready(0.0) == ()
    assert episodes.ready(59.0) == ()
    episodes.decide(2)
    assert episodes.ready(60.0) == ()
    assert episodes.ready(119.0) == ()
    assert episodes.ready(120.0) == (EP_ID,)
    assert episodes.ready(150.0) == episodes.ready(1e6) == ()


def test_a_postponed_episode_stays_ready(episodes: Episodes) -> None:
    episodes.decide(1)
    episodes.scan(0.0)
    found = episodes.scan(60.0)
    assert found.ready == (EP_ID,)
    episodes.memory = found.memory_without([EP_ID])
    assert episodes.ready(61.0) == (EP_ID,)
    assert episodes.ready(62.0) == ()


def test_later_decisions_count_again(episodes: Episodes) -> None:
    episodes.decide(1)
    assert [episodes.ready(now) for now in (0.0, 60.0)] == [(), (EP_ID,)]
    episodes.decide(2)
    assert [episodes.ready(now) for now in (70.0, 129.0, 130.0)] == [(), (), (EP_ID,)]


def test_an_episode_without_identities_needs_nothing(episodes: Episodes) -> None:
    episodes.decide(1, OTHER)
    assert [episodes.ready(now) for now in (0.0, 60.0)] == [(), ()]
    assert set(episodes.memory.settled) == {OTHER}


def test_decisions_that_the_identities_have_need_nothing(episodes: Episodes) -> None:
    episodes.decide(1)
    sha256 = decisions_sha256(episodes.store, EP_ID)
    document = load_artifact(episodes.store, IDENTITIES, EP_ID)
    built = replace(document, provenance=with_inputs(document.provenance, {"decisions": sha256}))
    save_document(episodes.store, IDENTITIES, built)
    assert [episodes.ready(now) for now in (0.0, 60.0)] == [(), ()]


def test_seals_are_not_read_again_without_a_change(episodes: Episodes, monkeypatch: pytest.MonkeyPatch) -> None:
    episodes.decide(1)
    episodes.scan(0.0)
    episodes.scan(60.0)
    monkeypatch.setattr(module, "read_seal", None)  # a call would fail
    assert episodes.ready(90.0) == ()
