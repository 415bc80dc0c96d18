"""Reader of `same_person_in_frame.yaml`: when one person may appear twice in a frame (mirror, split screen)."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from screenalytics_resources.artifact import sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.text_formats import NotYamlError, parse_yaml

EXCEPTIONS_FILE = "same_person_in_frame.yaml"


class _Span(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    from_s: float = Field(ge=0)
    to_s: float = Field(ge=0)
    why: str = Field(min_length=1)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    spans: tuple[_Span, ...]


@dataclass(frozen=True)
class Exceptions:
    """Spans (from, to) in seconds, both ends inclusive, in which one person may appear twice in a frame."""

    spans: tuple[tuple[float, float], ...]
    sha256: str
    """SHA-256 of the file, or `none` without one. It is an input of the identities."""


NO_EXCEPTIONS = Exceptions((), "none")


def exceptions_sha256(store: ArtifactStore, ep_id: str) -> str:
    """Return the SHA-256 of the episode's exceptions file, or `none` without one."""
    path = store.path("videos", ep_id, EXCEPTIONS_FILE)
    return sha256_of(path.read_bytes()) if path.exists() else NO_EXCEPTIONS.sha256


def read_exceptions(store: ArtifactStore, ep_id: str) -> Exceptions:
    """Read the exceptions of an episode from `videos/{ep_id}/same_person_in_frame.yaml`, if it exists.

    Raises:
        UserError: the file is invalid. The message contains an example.
    """
    path = store.path("videos", ep_id, EXCEPTIONS_FILE)
    if not path.exists():
        return NO_EXCEPTIONS
    content: bytes = path.read_bytes()
    example = "Write `spans: [{from_s: 61.0, to_s: 64.5, why: mirror}]`, with to_s at or after from_s"
    try:
        spans = _File.model_validate(parse_yaml(content, store.relative(path))).spans
    except (NotYamlError, ValidationError) as error:
        cause = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "not valid YAML"
        raise UserError(f"{store.relative(path)} is not a valid list of spans ({cause}). {example}.") from None
    for span in spans:
        if span.to_s < span.from_s:
            raise UserError(f"{store.relative(path)} has a span from {span.from_s} to {span.to_s} s. {example}.")
    return Exceptions(tuple((span.from_s, span.to_s) for span in spans), sha256_of(content))
