"""Reading of one artifact's files. Each kind of damage raises one sentence with the file, the cause and the remedy."""

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from screenalytics_resources.artifact import Row, sha256_of
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import number_or_kind
from screenalytics_resources.seal import SEAL_VERSION, Seal
from screenalytics_resources.text_formats import parse_json

if TYPE_CHECKING:
    from upath import UPath


class DamagedArtifactError(UserError):
    """Missing, truncated, mixed or edited artifact, or one of a newer release.

    The message names the file, the cause and the remedy.
    """


class NewerArtifactError(DamagedArtifactError):
    """Artifact of a newer release. Building it again with this release would replace the better artifact."""


def is_of_newer_release(error: ValidationError) -> bool:
    """Return whether unaltered content was refused for fields or choices that this release does not know.

    Releases add fields and choices but remove none, so only a newer release can have written them.
    """
    return bool({"extra_forbidden", "literal_error"} & {detail["type"] for detail in error.errors()})


@dataclass(frozen=True)
class ArtifactReader:
    """Reader of the files of one artifact of one episode or show."""

    store: ArtifactStore
    ep_id: str
    asset: str

    def damaged(self, path: "UPath", cause: str) -> DamagedArtifactError:
        return DamagedArtifactError(
            f"{self.store.relative(path)} cannot be used: {cause}; "
            f"rebuild it with `screenalytics run --ep-id {self.ep_id} --from {self.asset}`."
        )

    def newer(self, path: "UPath", cause: str) -> NewerArtifactError:
        return NewerArtifactError(
            f"{self.store.relative(path)} cannot be used: a newer release wrote it ({cause}); update Screenalytics."
        )

    def missing(self, path: "UPath") -> DamagedArtifactError:
        return DamagedArtifactError(
            f"{self.store.relative(path)} does not exist: make it with `screenalytics run --ep-id {self.ep_id}`, "
            f"with --video PATH the first time."
        )

    def content(self, path: "UPath") -> bytes:
        try:
            content: bytes = path.read_bytes()
        except FileNotFoundError:
            raise self.missing(path) from None
        return content

    def json(self, path: "UPath", content: bytes) -> dict[str, Any]:
        try:
            value = parse_json(content)
        except ValueError as error:
            raise self.damaged(path, f"it is not valid JSON ({error}) (truncated or edited?)") from None
        if not isinstance(value, dict):
            raise self.damaged(path, f"it contains a JSON {type(value).__name__} instead of an object")
        return value

    def seal(self, path: "UPath", content: dict[str, Any], name: str = "seal") -> Seal:
        """Return the seal that is member `name` of a JSON object."""
        value = content.get(name)
        version = value.get("version") if isinstance(value, dict) else None
        if isinstance(version, int) and version > SEAL_VERSION:
            raise self.newer(
                path, f"its {name} has version {version}, but this release reads versions up to {SEAL_VERSION}"
            )
        try:
            seal = Seal.model_validate(value)
        except ValidationError:
            raise self.damaged(path, f"its {name} is missing or unreadable (written by another program?)") from None
        if seal.version != SEAL_VERSION:
            raise self.damaged(
                path, f"its {name} has version {seal.version}, but this release reads version {SEAL_VERSION}"
            )
        return seal

    def companion(self, path: "UPath", name: str, seal: Seal) -> bytes:
        if not path.exists():  # a plain run does not notice this, because it compares only the seals
            raise self.damaged(path, "it does not exist")
        content = self.content(path)
        expected = seal.companions.get(name)
        if expected is None or sha256_of(content) != expected.sha256:
            raise self.damaged(path, f"it is not the file that {self.asset} was written with (replaced or truncated?)")
        return content

    def array(self, path: "UPath", content: bytes) -> NDArray[np.float32]:
        try:
            array = np.load(io.BytesIO(content), allow_pickle=False)
        except (ValueError, EOFError) as error:
            raise self.damaged(path, f"it is not a NumPy array ({error})") from None
        if not isinstance(array, np.ndarray):
            raise self.damaged(path, "it is an archive instead of one NumPy array")
        return array

    def model(self, path: "UPath", model: type[Row], content: bytes, shows_texts: bool = True) -> Row:
        """Parse content whose checksum is correct, so that it is as its release wrote it.

        `shows_texts`: an error may repeat an invalid text, because the file holds no names.
        """
        try:
            return model.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            given = f"{first['input']!r:.80}" if shows_texts else number_or_kind(first["input"])
            cause = f"field {where} is invalid: {first['msg']}, got {given}"
            raise (self.newer if is_of_newer_release(error) else self.damaged)(path, cause) from None
