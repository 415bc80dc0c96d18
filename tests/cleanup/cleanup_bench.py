"""Helpers for tests of a cleanup: the tiny episode, tools that record their calls, and a request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.lookup import CastMatches
from screenalytics_assets.cast.match_people import PersonMatch
from screenalytics_assets.cleanup.artifact_set import ArtifactSet, load_artifact_set
from screenalytics_assets.cleanup.cleanup_episode import cleanup_episode
from screenalytics_assets.cleanup.phases import CleanupSettingsSet
from screenalytics_assets.cleanup.request import CleanupRequest
from screenalytics_assets.cleanup.tools import CleanupTools
from screenalytics_assets.contract.cleanup_records import PHASES, CleanupReport, Phase
from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.identity_records import Identities, Labels
from screenalytics_assets.contract.schemas import IdentitiesDocument, Tracks
from screenalytics_assets.faces.embed_faces import ReadCrop
from screenalytics_assets.identities.decided import NOTHING_DECIDED, Decided
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import (
    CleanupSettings,
    ClusteringSettings,
    FacesSettings,
    GuardrailSettings,
    TrackEmbeddingsSettings,
    TrackingSettings,
)
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.inference.recognition import Embeddings
from tests.said import moderation_of
from tests.scripted_engine import ScriptedEngine, as_engine
from tests.tiny_episode import CLEAR_NORM, CONFIG, EP_ID, NOW, PACK, unit, write_tiny_episode

DIM = PACK.recogniser.dim
STRANGER = unit(0.0, 0.0, 0.0, 1.0, dim=DIM)
STRANGER_FACE, WEAK_FACE = 1, 3
"""Face 1, at the end of track 1, shows a stranger. Face 3, at the end of track 2, has a low norm."""
NAMES = {"ann": "Ann Example", "ben": "Ben Example"}
NO_TABLE = "%s is missing: make it"
ALL_BUT_CAST: tuple[Phase, ...] = ("split_tracks", "reembed", "recluster")
AS_USUAL: Mapping[str, object] = {}
ALL_IN_ONE: Mapping[str, object] = {"cluster_thresh": -1.0, "min_identity_sim": -1.0}
CAST = {"track-00001": "ann", "track-00002": "ben", "track-00006": "ann"}
"""Once split off, the stranger is recognised as Ann: track 6 is merged into identity 1 again."""


class RowEngine(ScriptedEngine):
    """Engine that embeds a crop of grey level k as row k of known vectors."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        super().__init__({})
        self.vectors = vectors

    def embed(self, aligned: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        rows = [int(face[0, 0, 0]) for face in aligned]
        norms = [0.5 if row == WEAK_FACE else CLEAR_NORM for row in rows]
        return Embeddings(self.vectors[rows], np.array(norms, np.float32))


@dataclass
class Bench:
    """Tools of a cleanup of `before`, with a record of their calls."""

    before: ArtifactSet
    cast: Mapping[str, str | None] | None = None
    """Track -> person of the identity that contains it. None if the show has no cast."""
    owned: Mapping[str, str] = field(default_factory=dict)
    clothing: NDArray[np.uint8] | None = None
    """Clothing descriptors of the crops."""
    started: list[tuple[Phase, int, int, int]] = field(default_factory=list)
    reported: dict[Phase, list[int]] = field(default_factory=dict)
    broken: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def run(
        self, actions: Sequence[Phase] = PHASES, settings: Mapping[str, object] = AS_USUAL
    ) -> tuple[ArtifactSet, CleanupReport]:
        """Run a cleanup with these settings of the clustering."""
        return cleanup_episode(request(actions, settings), self.before, self.tools())

    def tools(self) -> CleanupTools:
        vectors = self.before.faces.vectors if self.before.faces else np.empty((0, DIM), np.float32)
        working: dict[str, Any] = {
            "pack": _pack,
            "engine": lambda pack: as_engine(RowEngine(vectors)),
            "read_crop": self._read_crop(),
            "exceptions": lambda: NO_EXCEPTIONS,
            "clothing": lambda tracks: self.clothing,
            "decided": self._decided,
            "match_cast": self._match_cast,
            "start": self._start,
        }
        return CleanupTools(**{**working, **self.broken})

    def _read_crop(self) -> ReadCrop:
        faces = self.before.faces.rows if self.before.faces else []
        row_of = {face.crop_key: face.embedding_row for face in faces}
        return lambda key: None if (row := row_of[key]) is None else np.full((90, 80, 3), row, np.uint8)

    def _match_cast(self, artifacts: ArtifactSet) -> CastMatches:
        if self.cast is None:
            raise UserError("the show tiny has no cast")
        matches = [self._match(i.identity_id, i.track_ids[0]) for i in content(artifacts).identities]
        return CastMatches(matches, NAMES, self.owned)

    def _decided(self, tracks: Tracks, last_seq: int | None) -> Decided:
        before = self.before.identities
        return Decided(moderation=moderation_of(before.content, self.owned)) if before else NOTHING_DECIDED

    def _match(self, identity_id: str, track: str) -> PersonMatch:
        person = (self.cast or {}).get(track)
        status = "assigned" if person else "needs_review"
        return PersonMatch(identity_id, status, person, 0.9, None, (), "No clear lead." if not person else "")  # type: ignore[arg-type]

    def _start(self, phase: Phase, number: int, phases: int, units: int) -> Callable[[int], None]:
        self.started.append((phase, number, phases, units))
        return self.reported.setdefault(phase, []).append


def _pack(name: str) -> Pack:
    assert name == PACK.name
    return PACK


def request(actions: Sequence[Phase], settings: Mapping[str, object]) -> CleanupRequest:
    return CleanupRequest(
        ep_id=EP_ID,
        cleanup_id="cleanup-1",
        actions=tuple(actions),
        settings=CleanupSettingsSet(
            tracking=resolve(TrackingSettings, CONFIG),
            faces=resolve(FacesSettings, CONFIG),
            cleanup=resolve(CleanupSettings, CONFIG, {"cleanup_min_faces": 1}),
            track_embeddings=resolve(TrackEmbeddingsSettings, CONFIG, {"pooling_method": "mean"}),
            clustering=resolve(ClusteringSettings, CONFIG, settings),
        ),
        guardrails=GuardrailSettings.model_validate({}),
        profile="balanced",
        given={name: str(value) for name, value in settings.items()},
        now=NOW,
    )


def content(artifacts: ArtifactSet) -> Identities:
    assert artifacts.identities is not None
    return artifacts.identities.content


def members(artifacts: ArtifactSet) -> dict[int, list[int]]:
    return {
        int(i.identity_id.removeprefix("identity-")): [int(t.removeprefix("track-")) for t in i.track_ids]
        for i in content(artifacts).identities
    }


def sound_episode(root: Path) -> ArtifactSet:
    """Return the tiny episode: identity 1 has tracks 1 and 3, identity 2 has tracks 2 and 4, track 5 is in none."""
    artifacts = load_artifact_set(write_tiny_episode(root), EP_ID)
    assert members(artifacts) == {1: [1, 3], 2: [2, 4]}
    return artifacts


def mixed_episode(root: Path) -> ArtifactSet:
    """Return the tiny episode with a stranger at the end of track 1."""
    sound = sound_episode(root)
    assert sound.faces is not None
    vectors = sound.faces.vectors.copy()
    vectors[STRANGER_FACE] = STRANGER
    return replace(sound, faces=replace(sound.faces, arrays={"faces.npy": vectors}))


def without(artifacts: ArtifactSet, *assets: str) -> ArtifactSet:
    removed: dict[str, Any] = dict.fromkeys(assets)
    return replace(artifacts, **removed, missing={asset: NO_TABLE % asset + "." for asset in assets})


def with_content(artifacts: ArtifactSet, **changes: object) -> ArtifactSet:
    assert artifacts.identities is not None
    changed = artifacts.identities.content.model_copy(update=changes)
    document = IdentitiesDocument(EP_ID, changed, artifacts.identities.provenance, artifacts.identities.model_pack)
    return replace(artifacts, identities=document)


def locked(artifacts: ArtifactSet, number: int) -> ArtifactSet:
    """Return the artifacts with one identity locked and named by a person."""
    labels = Labels(person_id="ann", name=NAMES["ann"], assigned_by="person")
    changes = {"locked": True, "label": NAMES["ann"], "labels": labels}
    rows = list(content(artifacts).identities)
    rows[number - 1] = rows[number - 1].model_copy(update=changes)
    return with_content(artifacts, identities=tuple(rows))
