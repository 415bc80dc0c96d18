"""The video stream that a user chose for an episode, for containers in which the main one is not the film."""

import hashlib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

STREAM_FILE = "stream.json"


class ChosenStream(BaseModel):
    """`videos/{ep_id}/stream.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stream: int = Field(ge=0)


def chosen_stream(store: ArtifactStore, ep_id: str) -> int | None:
    """Return the index of the chosen stream, or None for the main one.

    Raises:
        UserError: the file is invalid.
    """
    path = store.path("videos", ep_id, STREAM_FILE)
    (content,) = store.place.read_all([path])
    if content is None:
        return None
    try:
        return ChosenStream.model_validate_json(content).stream
    except ValidationError:
        raise UserError(f"{path} is invalid. Run the episode with --stream N, or delete the file.") from None


def choose_stream(store: ArtifactStore, ep_id: str, stream: int | None) -> None:
    """Store the choice for later runs; None goes back to the main stream."""
    path = store.path("videos", ep_id, STREAM_FILE)
    if stream is None:
        store.place.remove(path)
    else:
        store.write(path, ChosenStream(stream=stream).model_dump_json().encode() + b"\n")


def video_digest(sha256: str, stream: int | None) -> str:
    """Return the digest of the video as an input: that of its file, and of the choice if there is one."""
    if stream is None:
        return sha256
    return hashlib.sha256(f"{sha256} stream {stream}".encode()).hexdigest()
