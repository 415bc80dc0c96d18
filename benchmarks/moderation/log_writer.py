"""A process that appends gestures to a decision log: `python -m benchmarks.moderation.log_writer`.

Arguments are the data root, the episode, a name, and the number of gestures. The writer notes each acknowledged
gesture as a line of the file with its name in the folder `acknowledged` of the data root, and continues from there when
it is started again after a kill.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import append_gesture
from screenalytics_resources.decisions.records import Anchor, AnchorBox, Gesture, NewDecision, Subject
from screenalytics_resources.facebank.cast_store import open_cast_store


def gesture(number: int, tracks: int) -> Gesture:
    """Return a merge of two identities of half as many tracks each, with anchors like those of television."""
    anchors = tuple(_anchor(number + track) for track in range(tracks))
    target = Subject(identity_id="identity-00001", anchors=anchors[: tracks // 2])
    other = Subject(role="other", identity_id="identity-00002", anchors=anchors[tracks // 2 :])
    return Gesture(actor="local", decisions=(NewDecision(kind="same", subjects=(target, other)),))


def given(made: Gesture) -> Callable[[object], Gesture]:
    """Return a function that makes this gesture, whatever the log has."""
    return lambda past: made


def _anchor(number: int) -> Anchor:
    first = 1.37 * number
    boxes = tuple(AnchorBox(ts=first + 0.41 * i, bbox=(0.123456, 0.2, 0.345678, 0.456789)) for i in range(3))
    return Anchor(
        first_ts=first,
        last_ts=first + 1.2,
        boxes=boxes,
        video_sha256="e" * 64,
        track_id=f"track-{number:05d}",
        frames=(number, number + 30),
    )


def append_all(root: str, ep_id: str, name: str, count: int, tracks: int = 24) -> None:
    """Append the gestures of one writer that are not acknowledged yet."""
    said = Path(root) / "acknowledged" / name
    store = ArtifactStore(root)
    done = len(acknowledged(said))
    with open_cast_store(root) as cast, said.open("ab", buffering=0) as file:
        for number in range(done, count):
            key = f"{name}-{number}"
            made = gesture(number, tracks)
            append_gesture(store, cast, ep_id, name, key, given(made))
            file.write(f"{key}\n".encode())


def acknowledged(said: Path) -> list[str]:
    """Return the keys that a writer has noted."""
    return said.read_text().splitlines() if said.exists() else []


def main(arguments: Sequence[str]) -> None:
    """Append the gestures that the command line asks for."""
    root, ep_id, name, count = arguments
    append_all(root, ep_id, name, int(count))


if __name__ == "__main__":
    main(sys.argv[1:])
