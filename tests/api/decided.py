"""Decisions about the tiny episode, written without a database."""

from collections.abc import Callable
from uuid import UUID

from screenalytics_app.actions.moderation.draft import Draft
from screenalytics_app.actions.moderation.view import View
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.mirror import line_of, make_mirror, write_mirror
from tests.app.moderation_bench import Log
from tests.tiny_episode import EP_ID

EPOCH = UUID(int=1)


def decide(store: ArtifactStore, *gestures: Callable[[View], Draft]) -> None:
    """Make these gestures the only decisions about the episode."""
    log = Log(store)
    for gesture in gestures:
        log.say(gesture)
    write_mirror(store, EP_ID, make_mirror(EPOCH, [line_of(decision) for decision in log.view.decisions]))
