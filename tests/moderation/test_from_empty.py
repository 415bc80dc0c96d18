"""Everything that follows from a log is the same, byte for byte, whether it grew step by step or is made from empty."""

import json
from dataclasses import asdict
from functools import partial
from itertools import count
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.resolve import Resolver
from screenalytics_assets.moderation.state import ModeratedEpisode, Moderation, Scene
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture, reconcile
from screenalytics_resources.decisions.mirror import line_of, make_mirror, read_decisions
from screenalytics_resources.decisions.records import Decision, Gesture, Membership, NewDecision, Value
from screenalytics_resources.facebank import decisions as table
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.recent import Recent
from tests.moderation.scenes import Log, last_run, row_of_faces, selected
from tests.moderation.test_overlay import COUNT, partitions, statements
from tests.resources.decisions.log_bench import LogBench

Statement = tuple[str, list[int], list[int], str]
_numbers = count(1)


@pytest.fixture(scope="session")
def people(cast: CastStore) -> str:
    """A show with the people whom the statements name."""
    for person in ("ann", "bob"):
        cast.add_person("empty", person, person.title())
    return "empty"


def as_bytes(*values: Moderation | ModeratedEpisode) -> bytes:
    """Return the values as JSON. The order of mappings and tuples counts; sets have none."""
    return json.dumps([asdict(value) for value in values], default=_plain).encode()


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)


def gesture_of(log: Log, statement: Statement) -> Gesture | None:
    """Return the gesture of a statement about the log; None if it says nothing."""
    kind, one, other, person = statement
    rest = [number for number in other if number not in one]
    said = log.decisions
    if kind == "undo":
        undone = Value(gesture_id=said[one[0] % len(said)].gesture_id) if said else None
        new = NewDecision(kind="undo", value=undone) if undone else None
    elif kind in ("same", "differ"):
        new = log.new(kind, selected(one), selected(rest, "other")) if rest else None  # type: ignore[arg-type]
    else:
        new = log.new(kind, selected(one), **({"person_id": person} if kind.endswith("person") else {}))  # type: ignore[arg-type]
    if new is None:
        return None
    before = (Membership(identity_id=None, anchors=new.subjects[0].anchors),) if new.subjects else ()
    return Gesture(actor=person, decisions=(new,), before=before)


def read_again(scene: Scene, decisions: tuple[Decision, ...], partition: list[list[int]], last_seq: int) -> bytes:
    return as_bytes(replay(decisions, scene), overlay(last_run(partition, last_seq), decisions, scene))


@given(partitions, statements, st.integers(0, 12))
@settings(max_examples=500, deadline=None)
def test_replay_from_empty_gives_the_same_bytes(
    partition: list[list[int]], story: list[Statement], last_seq: int
) -> None:
    log, resolver, epoch = Log(row_of_faces(COUNT)), Resolver(row_of_faces(COUNT)), uuid4()
    mirror = make_mirror(epoch, ())
    moderation, seen = Moderation(), None
    for statement in story:
        gesture = gesture_of(log, statement)
        if gesture is None:
            continue
        before = len(log.decisions)
        log.gesture(*gesture.decisions, actor=gesture.actor)
        mirror = make_mirror(epoch, list(map(line_of, log.decisions[before:])), mirror)
        moderation = replay(log.decisions, log.scene, resolver)
        base = last_run(partition, min(last_seq, len(log.decisions)))
        seen = overlay(base, log.decisions, log.scene, moderation, resolver)
    if seen is not None:
        assert make_mirror(epoch, list(map(line_of, log.decisions))).content == mirror.content
        lines = mirror.content.splitlines()[1:]
        decisions = tuple(map(Decision.model_validate_json, lines))
        included = min(last_seq, len(decisions))
        assert read_again(row_of_faces(COUNT), decisions, partition, included) == as_bytes(moderation, seen)


@given(statements)
@settings(max_examples=50, deadline=None)
def test_a_mirror_that_is_made_from_the_table_has_the_same_bytes(
    cast: CastStore, people: str, story: list[Statement]
) -> None:
    log = Log(row_of_faces(COUNT))
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        bench = LogBench(ArtifactStore(first), cast, f"{people}-s01e{next(_numbers):02d}")
        for statement in story:
            gesture = gesture_of(log, statement)
            if gesture is not None:
                said = partial(_always, gesture)
                log.decisions += append_gesture(bench.store, cast, bench.ep_id, gesture.actor, None, said)
        table._parsed = Recent(4)
        empty = LogBench(ArtifactStore(second), cast, bench.ep_id)
        reconcile(empty.store, cast, bench.ep_id)
        assert empty.path.exists() == bench.path.exists() == bool(log.decisions)
        if log.decisions:
            assert empty.path.read_bytes() == bench.path.read_bytes()
            assert read_decisions(empty.store, bench.ep_id) == log.decisions


def _always(gesture: Gesture, past: object) -> Gesture:
    return gesture
