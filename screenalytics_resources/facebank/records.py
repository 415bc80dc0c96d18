"""Records that the cast database accepts and returns. They are plain dataclasses without SQL."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.errors import UserError

PERSON_ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_PERSON_ID = re.compile(PERSON_ID_PATTERN, re.ASCII)
MAX_LENGTH = 100

SeedSource = Literal["photo", "identity"]
VectorKind = Literal["seed", "prototype"]
AssignedBy = Literal["machine", "person"]


def parse_person_id(text: str) -> str:
    """Return `text` if it is a valid person id. Raises `UserError` otherwise, because ids become parts of paths."""
    if len(text) > MAX_LENGTH or not _PERSON_ID.fullmatch(text):
        raise UserError(
            f"{text[:MAX_LENGTH]!r} is not a person id: use lower-case letters, digits and single hyphens, at most "
            f"{MAX_LENGTH} characters, for example ada-example."
        )
    return text


def new_seed_id() -> str:
    """Return a new seed id: `seed-` and 12 random hexadecimal digits."""
    return f"seed-{secrets.token_hex(6)}"


@dataclass(frozen=True)
class Person:
    """A named person of a show. The database sets the times."""

    show: str
    person_id: str
    name: str
    aliases: tuple[str, ...] = ()
    role: str = ""
    featured_seed_id: str | None = None
    created_at: datetime | None = field(default=None, compare=False)
    updated_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SeedQuality:
    """Quality of a reference face: detector score (0 to 1), blur (standard deviation of the crop) and size in px."""

    det_score: float
    crop_std: float
    face_px: float


@dataclass(frozen=True)
class Seed:
    """One reference face. `box` is left, top, right, bottom in pixels; `files` are keys relative to the data root.

    `origin` is the photo's file name, or `ep_id:identity_id:track_id:frame`.
    """

    seed_id: str
    show: str
    person_id: str
    source: SeedSource
    origin: str
    content_sha256: str
    quality: SeedQuality
    box: tuple[float, float, float, float]
    files: tuple[str, ...] = ()
    created_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class StoredPack:
    """The recogniser that computed a vector, and its dimension. Vectors of different recognisers are not comparable."""

    name: str
    recogniser_sha256: str
    dim: int


@dataclass(frozen=True)
class Owner:
    """The owner of a cluster. `similarity` and `runner_up` are the cosines of the best and second-best person."""

    show: str
    ep_id: str
    identity_id: str
    person_id: str
    assigned_by: AssignedBy
    similarity: float | None = None
    runner_up: float | None = None
    pack: str | None = None
    assigned_at: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class StoredVectors:
    """Seeds and prototypes of a show in one pack. Row i of `vectors` (N, D), unit rows, belongs to `person_ids[i]`."""

    person_ids: tuple[str, ...]
    kinds: tuple[VectorKind, ...]
    seed_ids: tuple[str | None, ...]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Candidate:
    """A stored vector near a centroid. `similarity` is the cosine, -1 to 1."""

    person_id: str
    kind: VectorKind
    similarity: float


@dataclass(frozen=True)
class SyncResult:
    """Effect of a new clustering on the machine's owners of an episode, by identity id."""

    removed: tuple[str, ...] = ()
    assigned: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forgotten:
    """Result of erasing a person: erased rows per table (tables without any are left out), and files still to delete.

    `files` are keys relative to the data root.
    """

    rows: Mapping[str, int]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Traces:
    """What identifies a person in files: `ids`, `names`, `seeds` (ids), `origins` (photos) and `vectors`.

    An element of `vectors` is the start of a stored vector, as the database writes it.
    """

    ids: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    seeds: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    vectors: frozenset[bytes] = frozenset()

    def __or__(self, other: "Traces") -> "Traces":
        return Traces(
            self.ids | other.ids,
            self.names | other.names,
            self.seeds | other.seeds,
            self.origins | other.origins,
            self.vectors | other.vectors,
        )

    @property
    def words(self) -> frozenset[str]:
        """All texts."""
        return self.ids | self.names | self.seeds | self.origins
