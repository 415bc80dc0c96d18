"""Decisions about identities of two episodes, from the command line to the season, with the real database."""

import json
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import TRACK_EMBEDDINGS, TRACKS
from screenalytics_assets.lineage.provenance import with_inputs
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import FILE, read_decisions
from screenalytics_resources.facebank.cast_store import CastStore
from screenalytics_resources.sealed_files import save_table
from tests.app.moderation_bench import A, B, side_by_side
from tests.app.screen import Screen
from tests.resources.decisions.log_bench import LogBench
from tests.tiny_episode import EP_ID
from tests.two_tiny_episodes import SECOND, copy_tiny_episode

FIRST = EP_ID
A1, B1, A2, B2 = f"{FIRST}/{A}", f"{FIRST}/{B}", f"{SECOND}/{A}", f"{SECOND}/{B}"


@pytest.fixture(autouse=True)
def episodes(store: ArtifactStore, cast: CastStore) -> None:
    """Two episodes in which Ann and Ben share frames, so that no identity can have both by likeness alone."""
    side_by_side(store)
    embeddings, tracks = load_artifact(store, TRACK_EMBEDDINGS, EP_ID), load_artifact(store, TRACKS, EP_ID)
    origin = with_inputs(embeddings.provenance, {"tracks": tracks.digest})
    save_table(store, TRACK_EMBEDDINGS, replace(embeddings, provenance=origin))
    copy_tiny_episode(store)


def name(screen: Screen, ep_id: str, identity: str, person: str) -> None:
    arguments = ("--ep-id", ep_id, "--identity", identity, "--person", person)
    assert screen.call("identity", "label", *arguments) == 0, screen.err


def compare(screen: Screen, kind: str, one: str, other: str, *more: str, actor: str = "ann") -> Any:
    return screen.json("identity", kind, "--one", one, "--other", other, "--as", actor, *more)


def season(screen: Screen, *options: str) -> Any:
    return screen.json("season", "--show", "tiny", *options)["season"]


def people(screen: Screen, *options: str) -> dict[str, str | None]:
    """Build the season; map the episodes' identities of each of its identities to its name."""
    return {
        " ".join(f"{ep_id}/{i}" for ep_id, ids in row["episode_identities"].items() for i in ids): row.get("person_id")
        for row in season(screen, *options)["identities"]
    }


def test_names_make_one_person_of_unlike_faces(screen: Screen) -> None:
    assert people(screen) == {f"{A1} {A2}": None, f"{B1} {B2}": None}
    name(screen, FIRST, A, "ann-example")
    name(screen, SECOND, B, "ann-example")
    assert people(screen) == {f"{A1} {B2}": "ann-example", f"{B1}": None, f"{A2}": None}
    assert screen.call("identity", "undo", "--ep-id", SECOND) == 0
    assert people(screen) == {f"{A1} {A2}": "ann-example", f"{B1} {B2}": None}


def test_identities_of_two_episodes_differ_until_that_is_undone(screen: Screen, store: ArtifactStore) -> None:
    together = {f"{A1} {A2}": None, f"{B1} {B2}": None}
    assert people(screen) == together
    assert screen.call("identity", "differ", "--one", A1, "--other", A2, "--as", "ann") == 0
    assert "`screenalytics season --show tiny` follows it" in " ".join(screen.out.split())
    apart = {A1: None, f"{B1} {B2}": None, A2: None}
    assert people(screen) == apart
    assert screen.call("identity", "undo", "--show", "tiny", "--as", "ann") == 0
    assert people(screen) == together
    assert screen.call("identity", "redo", "--show", "tiny", "--as", "ann") == 0
    assert people(screen) == apart
    rows = screen.json("identity", "history", "--show", "tiny")
    assert [(row["kinds"], row["about"], row["status"]) for row in rows] == [
        (["differ"], [A1, A2], "applied"),
        (["undo"], [rows[0]["gesture_id"]], "undone"),
        (["undo"], [rows[1]["gesture_id"]], "applied"),
    ]
    assert [decision.kind for decision in read_decisions(store, "tiny")] == ["differ", "undo", "undo"]


def test_unlike_identities_are_the_same_and_a_newer_decision_overrules(screen: Screen) -> None:
    compare(screen, "same", A1, B2)
    assert people(screen) == {f"{A1} {B2}": None, B1: None, A2: None}
    compare(screen, "differ", A1, B2, "--confirm")
    assert people(screen) == {f"{A1} {A2}": None, f"{B1} {B2}": None}
    history = screen.json("identity", "history", "--show", "tiny")
    assert [(row["status"], row["reason"]) for row in history] == [
        ("overruled", "other decisions contradict it"),
        ("applied", ""),
    ]


def test_an_incremental_season_is_a_full_one_after_a_decision(screen: Screen) -> None:
    season(screen)
    assert season(screen, "--incremental")["metadata"]["mode"] == "incremental"
    compare(screen, "differ", A1, A2)
    assert people(screen, "--incremental") == {A1: None, f"{B1} {B2}": None, A2: None}
    assert season(screen, "--incremental")["metadata"]["mode"] == "incremental"
    name(screen, SECOND, A, "ben")
    metadata = season(screen, "--incremental")["metadata"]
    assert (metadata["mode"], metadata["mode_reason"]) == (
        "full",
        f"people decided about {SECOND} since the last result",
    )


def test_another_person_must_not_undo_what_others_built_on(screen: Screen) -> None:
    first = compare(screen, "same", A1, B2, actor="ann")["gesture_id"]
    compare(screen, "same", A1, A2, actor="ben")
    sentence = screen.refused("identity", "undo", "--show", "tiny", "--as", "ann", "--gesture", first)
    assert "Later decisions of other people are about the same tracks: 2 (same by ben)" in sentence


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        pytest.param("differ", "same", "different people", id="same-against-differ"),
        pytest.param("same", "differ", "the same person", id="differ-against-same"),
    ],
)
def test_the_opposite_of_what_people_said_needs_a_confirmation(
    screen: Screen, store: ArtifactStore, first: str, second: str, said: str
) -> None:
    gesture = compare(screen, first, A1, A2)["gesture_id"]
    opposite = ("identity", second, "--one", A2, "--other", A1, "--as", "ben")
    assert screen.refused(*opposite).endswith(
        f"ann said that {A2} and {A1} are {said} (decision 1): confirm it to say the opposite all the same. "
        f"Use --confirm for that."
    )
    confirmed = screen.json(*opposite, "--confirm")["gesture_id"]
    assert screen.refused("identity", first, "--one", A1, "--other", A2, "--as", "ann").count("ben said that") == 1
    for actor, taken_back in (("ben", confirmed), ("ann", gesture)):
        assert screen.call("identity", "undo", "--show", "tiny", "--as", actor, "--gesture", taken_back) == 0
    assert screen.json(*opposite)["gesture_id"]
    assert len(read_decisions(store, "tiny")) == 5


def test_a_repeated_key_changes_nothing(screen: Screen, store: ArtifactStore) -> None:
    arguments = ("identity", "same", "--one", A1, "--other", B2, "--key", "k", "--as", "ann")
    assert screen.json(*arguments) == screen.json(*arguments)
    assert len(read_decisions(store, "tiny")) == 1
    assert "The idempotency key 'k' belongs to another request in tiny" in screen.refused(
        "identity", "differ", "--one", A1, "--other", A2, "--key", "k", "--as", "ann"
    )


def test_a_copied_data_root_brings_the_log_of_the_show_along(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    compare(screen, "differ", A1, A2)
    cast.remove_decisions("tiny")  # as in the empty database of another machine
    assert len(screen.json("identity", "history", "--show", "tiny")) == 1
    assert LogBench(store, cast, "tiny").agree()


def test_forgetting_leaves_no_name_in_season_and_log(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    name(screen, FIRST, A, "ann-example")
    name(screen, SECOND, B, "ann-example")
    compare(screen, "differ", B1, A2, actor="Ann Example")
    season(screen)
    manifests = Path(store.root) / "manifests"
    files = [manifests / "tiny" / "season_identities.json", manifests / "tiny" / FILE]
    assert [any(word in path.read_text() for word in ("ann-example", "Ann Example")) for path in files] == [True, True]
    assert screen.call("cast", "forget", "--person", "ann-example") == 0, screen.err
    assert "manifests/tiny/season_identities.json: the name" in screen.out
    left = [p for p in manifests.rglob("*.json*") if any(w in p.read_text() for w in ("ann-example", "Ann Example"))]
    assert left == []
    assert [row.get("person_id") for row in json.loads(files[0].read_text())["identities"]] == [None] * 3
    assert [(d.kind, d.actor) for d in read_decisions(store, "tiny")] == [("differ", "[erased]")]
    assert LogBench(store, cast, "tiny").agree()


def test_names_contradict_a_comparison(screen: Screen, store: ArtifactStore) -> None:
    name(screen, FIRST, A, "ann-example")
    name(screen, SECOND, A, "ann-example")
    name(screen, SECOND, B, "ben")
    sentence = screen.refused("identity", "differ", "--one", A1, "--other", A2)
    assert f"People gave the name ann-example to both {A1} and {A2}" in sentence
    sentence = screen.refused("identity", "same", "--one", A1, "--other", B2)
    assert f"{A1} is ann-example and {B2} is ben, by people" in sentence
    assert read_decisions(store, "tiny") == ()


BAD_INPUT = {
    "no-slash": (f"same --one {A} --other {B2}", f"'{A}' names no identity of an episode: write both ids"),
    "no-episode-id": (f"same --one x/{A} --other {B2}", "'x' is not an episode id"),
    "unknown-episode": (f"same --one {A1} --other tiny-s09e09/{A}", "There is no episode tiny-s09e09"),
    "unknown-identity": (f"same --one {A1} --other {SECOND}/identity-00009", f"no identity-00009 in {SECOND}"),
    "one-episode-same": (f"same --one {A1} --other {B1}", "merge them instead"),
    "one-episode-differ": (f"differ --one {A1} --other {B1}", "split them or move tracks instead"),
    "two-shows": (f"same --one {A1} --other demo-s01e01/{A}", "are episodes of two shows"),
    "no-log": ("undo", "give either --ep-id, or --show"),
    "two-logs": (f"history --show tiny --ep-id {FIRST}", "give either --ep-id, or --show"),
    "no-show": ("history --show demo", "The show 'demo' has no episodes"),
    "not-a-show": (f"undo --show {FIRST}", f"'{FIRST}' is not a show"),
    "nothing-to-undo": (
        "undo --show tiny",
        "has nothing to undo in tiny: name a gesture of another person",
    ),
    "nothing-to-redo": ("redo --show tiny", "has nothing to redo in tiny"),
}


@pytest.mark.parametrize(("command", "sentence"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_is_one_sentence(screen: Screen, command: str, sentence: str) -> None:
    assert sentence in screen.refused("identity", *shlex.split(command))
