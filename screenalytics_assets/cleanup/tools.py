"""Tools of the cleanup phases: everything they use besides the stored artifacts."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.cast.lookup import CastMatches, episode_identities, match_cast
from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.contract.cleanup_records import Phase
from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.exceptions_file import Exceptions, read_exceptions
from screenalytics_assets.contract.schemas import Tracks
from screenalytics_assets.faces.embed_faces import ReadCrop
from screenalytics_assets.identities.decided import Decided, read_decided
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.facebank.people_file import NO_CAST, cast_sha256
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.packs import Pack, load_pack
from screenalytics_resources.progress import PhaseOf, Progress, Report
from screenalytics_resources.project import config_dir

STAGE = "episode_cleanup"
"""Name of a cleanup in `progress.json`."""


@dataclass(frozen=True)
class CleanupTools:
    """Functions that the phases call. Each may raise `UserError`, which skips the calling phase."""

    pack: Callable[[str], Pack]
    engine: Callable[[str], Engine]
    read_crop: ReadCrop
    exceptions: Callable[[], Exceptions]
    clothing: Callable[[Tracks], NDArray[np.uint8] | None]
    """Returns the clothing descriptors of the tracks' crops, (C, 600), or None if they have none."""
    decided: Callable[[Tracks, int | None], Decided]
    """Returns what people decided about tracks, up to the decision with this number, or all."""
    match_cast: Callable[[ArtifactSet], CastMatches]
    start: Callable[[Phase, int, int, int], Report]
    """Takes the phase, its number from 1, the number of phases and the units of work; returns the progress callback."""


def cleanup_tools(
    ep_id: str, store: ArtifactStore, engine: Callable[[str], Engine], progress: Progress
) -> CleanupTools:
    """Return the tools of a cleanup that starts now. `engine` returns the engine of a model pack."""
    began = time.monotonic()

    def start(phase: Phase, number: int, phases: int, units: int) -> Report:
        return progress.start(ep_id, STAGE, units, "", PhaseOf(phase, number, phases, began))

    return CleanupTools(
        pack=lambda name: load_pack(name, config_dir()),
        engine=engine,
        read_crop=partial(read_crop, store, ep_id),
        exceptions=partial(read_exceptions, store, ep_id),
        clothing=partial(load_clothing, store),
        decided=partial(read_decided, store),
        match_cast=partial(_match_cast, ep_id, store, engine),
        start=start,
    )


def _match_cast(
    ep_id: str, store: ArtifactStore, engine: Callable[[str], Engine], artifacts: ArtifactSet
) -> CastMatches:
    """Match the identities of `artifacts` with the cast of the show."""
    tracks, embeddings, identities = artifacts.tracks, artifacts.track_embeddings, artifacts.identities
    if tracks is None or embeddings is None or identities is None:
        raise ValueError("Expected tracks, track embeddings and identities.")
    episode = episode_identities(store, ep_id, identities.content, tracks.rows, embeddings)
    if cast_sha256(store, episode.show) == NO_CAST:
        raise UserError(f"the show {episode.show} has no cast: add people with `screenalytics cast add`")
    from screenalytics_resources.facebank.cast_store import open_cast_store

    with open_cast_store(store.root) as cast:
        return match_cast(
            store, cast, episode, load_pack(embeddings.pack, config_dir()), partial(engine, embeddings.pack)
        )
