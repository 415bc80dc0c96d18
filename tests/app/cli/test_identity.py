"""The commands `identity ...` on the tiny episode, with the real database."""

import shlex
import socket
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from screenalytics_app.actions.moderation import edit as editing
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.facebank.cast_store import CastStore
from tests.app.cast_bench import URL
from tests.app.moderation_bench import T1, T2, T3, T4, T5, A, B, side_by_side
from tests.app.screen import Screen
from tests.tiny_episode import EP_ID, write_tiny_episode

NEW, CUT_OFF = "identity-00003", "identity-00004"
LATER = "track-00018"
"""Later part of a track that the twelfth decision cuts: 5 tracks and the number of the decision."""


def call(screen: Screen, command: str, *arguments: str) -> str:
    """Run `identity COMMAND` on the tiny episode, which must succeed; return its words."""
    assert screen.call("identity", command, "--ep-id", EP_ID, *arguments) == 0, screen.err
    return " ".join(screen.out.split())


def refused(screen: Screen, command: str, *arguments: str) -> str:
    return screen.refused("identity", command, "--ep-id", EP_ID, *arguments)


def identities(screen: Screen) -> dict[str, Any]:
    rows = screen.json("identity", "list", "--ep-id", EP_ID)["moderated"]["identities"]
    return {row["identity_id"]: row for row in rows}


def members(screen: Screen) -> dict[str, list[str]]:
    return {name: row["track_ids"] for name, row in identities(screen).items()}


def test_a_day_of_corrections(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    side_by_side(store)
    assert f"{NEW} 1 track " in call(screen, "split", "--identity", A, "--track", T3, "--as", "ann")
    assert members(screen) == {A: [T1], B: [T2, T4], NEW: [T3]}
    assert f"{NEW} is now part of {B}" in call(screen, "merge", "--into", B, "--identity", NEW, "--confirm")
    call(screen, "move", "--track", T3, "--to", A, "--from", B)
    assert "it is so already" in call(screen, "move", "--track", T3, "--to", A)
    call(screen, "label", "--identity", A, "--person", "ann-example")
    call(screen, "label", "--identity", B, "--text", "the waiter")
    call(screen, "not", "--identity", B, "--person", "ben")
    call(screen, "lock", "--identity", B)
    call(screen, "reviewed", "--identity", B)
    call(screen, "delete", "--track", T4)
    call(screen, "not-a-face", "--track", T5)
    call(screen, "cut", "--track", T1, "--at", "0:03")
    call(screen, "represent", "--track", T2, "--at", "2")
    found = identities(screen)
    assert {name: row["track_ids"] for name, row in found.items()} == {A: [T1, T3], B: [T2], CUT_OFF: [LATER]}
    assert (found[A]["person_id"], found[B]["label"], found[B]["not_people"]) == ("ann-example", "the waiter", ["ben"])
    assert (found[B]["locked"], found[B]["reviewed"], found[B]["representative"]) == (True, True, [T2, 2.0])

    shown = {row["identity_id"]: row for row in screen.json("show", "--ep-id", EP_ID)["identities"]}
    assert {name: row["track_ids"] for name, row in shown.items()} == {A: [T1, T3], B: [T2], CUT_OFF: [LATER]}
    assert (shown[A]["labels"]["name"], shown[B]["label"], shown[B]["locked"]) == ("Ann Example", "the waiter", True)
    assert screen.call("show", "--ep-id", EP_ID) == 0
    assert "Ann Example" in screen.out

    words = call(screen, "list", "--wide")
    assert "3 identities after 14 decisions" in words
    assert f"{T4} (deleted), {T5} (not a face)" in words
    call(screen, "restore", "--identity", B)
    assert members(screen) == {A: [T1, T3], B: [T2, T4], CUT_OFF: [LATER]}
    call(screen, "undo")
    call(screen, "undo")
    assert identities(screen)[B]["representative"] is None
    call(screen, "redo")
    assert identities(screen)[B]["representative"] == [T2, 2.0]
    history = screen.json("identity", "history", "--ep-id", EP_ID)
    assert [(row["kinds"], row["actor"]) for row in history][:1] == [(["differ", "same"], "ann")]
    assert [row["status"] for row in history].count("undone") == 2
    assert f"{EP_ID}: {len(history)} gestures" in call(screen, "history", "--wide")


def test_pictures_of_deleted_tracks_are_removed_on_request(
    screen: Screen, store: ArtifactStore, cast: CastStore
) -> None:
    call(screen, "delete", "--track", T4)
    pictures = Path(str(store.frames(EP_ID, "crops", T4)))
    assert len(list(pictures.iterdir())) == 2
    assert "add --yes" in refused(screen, "purge", "--json")
    assert "2 pictures of 1 deleted tracks" in call(screen, "purge", "--yes")
    assert not pictures.exists() or not list(pictures.iterdir())
    assert "0 pictures of 1 deleted tracks" in call(screen, "purge", "--yes")


def test_times_name_what_is_on_screen(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    call(screen, "lock", "--at", "0:00.4")
    assert [name for name, row in identities(screen).items() if row["locked"]] == [A]
    call(screen, "move", "--at", "17.5", "--to", A)
    assert members(screen) == {A: [T1, T3, T4], B: [T2]}
    side_by_side(store)
    sentence = refused(screen, "lock", "--at", "3")
    left, right = f"{A} ({T1}) at 12 % of the width", f"{B} ({T2}) at 69 % of the width"
    assert f"Several faces are on screen at 3.00 s; name one of them, left to right: {left}, {right}." in sentence
    assert "No face of an identity is on screen at 19.00 s" in refused(screen, "lock", "--at", "19")


BAD_INPUT = {
    "unknown-identity": (f"lock --identity {NEW}", f"There is no {NEW} in {EP_ID}"),
    "unknown-track": (f"move --track track-00077 --to {A}", "There is no track-00077"),
    "unknown-person": (f"label --identity {A} --person anne", "tiny has no person anne"),
    "unknown-other-person": (f"not --identity {A} --person anne", "tiny has no person anne"),
    "split-all": (f"split --identity {A} --track {T1} --track {T3}", "These are all tracks"),
    "merge-with-itself": (f"merge --into {A} --identity {A}", "cannot be merged with itself"),
    "move-from": (f"move --track {T2} --from {A} --to {A}", f"{T2} is not in {A}: it is in {B}"),
    "invalid-time": ("lock --at noon", "'noon' is not a time"),
    "seconds-beyond-a-minute": ("lock --at 1:75", "'1:75' is not a time"),
    "invalid-time-of-a-cut": ("cut --at x", "'x' is not a time"),
    "nothing-named": ("lock", "give either --identity or --at"),
    "named-twice": (f"lock --identity {A} --at 1", "give either --identity or --at"),
    "no-track": (f"split --identity {A}", "give either --track or --at"),
    "deleted-twice": (f"delete --track {T1} --at 1", "give one of --track, --identity and --at"),
    "nothing-to-restore": ("restore", "give either --track or --identity"),
    "merge-twice": (f"merge --into {A} --identity {B} --at 1", "give either --identity or --at"),
    "no-label": (f"label --identity {A}", "Say one thing"),
    "nothing-to-undo": ("undo", "has nothing to undo"),
    "nothing-to-redo": ("redo", "has nothing to redo"),
    "no-actor": (f"lock --identity {A} --as ' '", "is not a name"),
}


def test_bad_input_is_one_sentence_and_changes_nothing(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    for case, (command, sentence) in BAD_INPUT.items():
        name, *arguments = shlex.split(command)
        assert sentence in refused(screen, name, *arguments), case
    assert read_decisions(store, EP_ID) == ()


def test_an_undone_gesture_cannot_be_undone_again(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    edited = screen.json("identity", "lock", "--ep-id", EP_ID, "--identity", A)
    call(screen, "undo")
    assert "is undone already" in refused(screen, "undo", "--gesture", edited["gesture_id"])


def test_a_repeated_request_gets_the_first_answer(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    command = ("identity", "merge", "--ep-id", EP_ID, "--into", A, "--identity", B, "--key", "k1", "--as", "ann")
    first = screen.json(*command)
    call(screen, "label", "--identity", A, "--text", "later")
    assert screen.json(*command) == first
    assert first["gone"] == {B: A}
    assert [row["label"] for row in first["identities"]] == [None]
    assert len(read_decisions(store, EP_ID)) == 2


def test_an_episode_without_identities(screen: Screen, home: Path) -> None:
    for command in ("lock --identity identity-00001", "list", "history"):
        name, *arguments = command.split()
        sentence = refused(screen, name, *arguments)
        assert f"{EP_ID} has no identities to decide about: run `screenalytics run --ep-id {EP_ID}` first" in sentence


def test_a_database_that_is_down(screen: Screen, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = write_tiny_episode(home)
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv(URL, f"postgresql://u:p@127.0.0.1:{closed.getsockname()[1]}/cast")
        assert "No database answers" in refused(screen, "merge", "--into", A, "--identity", B)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == files
    assert members(screen) == {A: [T1, T3], B: [T2, T4]}
    assert read_decisions(store, EP_ID) == ()


def thumbnail(store: ArtifactStore, identity: str) -> int:
    """Return the brightness of an identity's thumbnail."""
    picture = cv2.imread(str(store.frames(EP_ID, "thumbs", identity, "rep.jpg")))
    assert picture is not None
    return int(picture.mean())


def test_thumbnails_follow_at_once(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    for number, track in enumerate((T1, T2, T3, T4), 1):
        for order, path in enumerate(sorted(Path(str(store.frames(EP_ID, "crops", track))).glob("*.jpg"))):
            cv2.imwrite(str(path), np.full((90, 80, 3), 40 * number + 20 * order, np.uint8))
    edited = screen.json("identity", "split", "--ep-id", EP_ID, "--identity", A, "--track", T3)
    assert edited["without_thumbnail"] == []
    assert {name: thumbnail(store, name) // 40 for name in (A, NEW)} == {A: 1, NEW: 3}
    call(screen, "represent", "--track", T3, "--at", "0:16")
    assert thumbnail(store, NEW) == 140
    call(screen, "represent", "--track", T3, "--at", "0:10")
    assert thumbnail(store, NEW) == 120


def test_without_a_picture_the_gesture_counts(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    for path in Path(str(store.frames(EP_ID, "crops"))).rglob("*.jpg"):
        path.unlink()
    assert f"no picture for a thumbnail: {A}" in call(screen, "lock", "--identity", A)
    assert identities(screen)[A]["locked"]


def test_the_actor_is_the_user_of_the_machine(
    screen: Screen, store: ArtifactStore, cast: CastStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    call(screen, "lock", "--identity", A)
    assert [decision.actor for decision in read_decisions(store, EP_ID)] == ["grace"]
    assert editing.MAX_ACTOR == 100
    assert "is not a name" in refused(screen, "lock", "--identity", B, "--as", "x" * 101)


def test_the_next_run_agrees_with_what_was_shown_at_once(screen: Screen, store: ArtifactStore, cast: CastStore) -> None:
    for number, track in enumerate((T1, T2, T3, T4), 1):
        for order, path in enumerate(sorted(Path(str(store.frames(EP_ID, "crops", track))).glob("*.jpg"))):
            cv2.imwrite(str(path), np.full((90, 80, 3), 40 * number + 20 * order, np.uint8))
    call(screen, "split", "--identity", A, "--track", T3)
    call(screen, "represent", "--track", T3, "--at", "16")
    call(screen, "label", "--identity", NEW, "--person", "ann-example")
    call(screen, "label", "--identity", B, "--text", "the waiter")
    call(screen, "lock", "--identity", B)
    call(screen, "delete", "--track", T4)
    at_once = {row["identity_id"]: _said(row) for row in screen.json("show", "--ep-id", EP_ID)["identities"]}
    names = [(row["identity_id"], row["name"]) for row in screen.json("cast", "show", "--ep-id", EP_ID)["assignments"]]
    pictures = {name: thumbnail(store, name) for name in at_once}
    assert names == [(A, None), (B, None), (NEW, "Ann Example")]
    assert screen.call("run", "--ep-id", EP_ID) in (0, 1)
    later = {row["identity_id"]: _said(row) for row in screen.json("show", "--ep-id", EP_ID)["identities"]}
    assert later == at_once
    assert {name: thumbnail(store, name) for name in later} == pictures
    shown = screen.json("cast", "show", "--ep-id", EP_ID)["assignments"]
    assert [(row["identity_id"], row["name"]) for row in shown] == names


def _said(row: dict[str, Any]) -> list[Any]:
    return [row[field] for field in ("track_ids", "label", "labels", "locked", "seconds_on_screen", "cohesion", "size")]
