"""Guardrails of identities on real clips: right results warn, over-merged and shattered versions of them block."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from screenalytics_assets.contract.exceptions_file import NO_EXCEPTIONS
from screenalytics_assets.contract.schemas import TrackEmbeddings, Tracks
from screenalytics_assets.dagster_support.outcome import Outcome
from screenalytics_assets.identities.build_identities import Episode, build_identities
from screenalytics_assets.identities.checks import Loaded, guardrail_check
from screenalytics_assets.identities.cluster_episode import cluster_episode
from screenalytics_assets.identities.diagnosis.stored_clustering import StoredClustering
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings
from screenalytics_resources.inference.engine import load_engine
from tests.identities.diagnosis.real_clips import ClipTracks, clip_tracks
from tests.tiny_episode import CONFIG, EP_ID, FPS, NOW, PACK, origin

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def clips(shared: Path) -> dict[str, ClipTracks]:
    engine = load_engine(PACK.name, CONFIG)
    folder = shared / "data" / "television"
    return {name: clip_tracks(folder / name, engine, first) for name, first in (("promo", 1), ("pbreak", 1001))}


def outcome(tracks: ClipTracks, chosen: Sequence[int], metric: str, **changes: Any) -> Outcome:
    """Cluster the chosen tracks with these changes of the settings, and judge the result."""
    rows = [tracks.embeddings[index].model_copy(update={"embedding_row": row}) for row, index in enumerate(chosen)]
    vectors = np.ascontiguousarray(tracks.vectors[list(chosen)])
    tables = [tracks.tracks[index] for index in chosen]
    settings = ClusteringSettings.model_validate(changes)
    bounds = thresholds(settings, PACK)
    embeddings = TrackEmbeddings(EP_ID, rows, origin("track_embeddings", {}), PACK.name, arrays={"tracks.npy": vectors})
    clusters = cluster_episode(tables, embeddings, settings, bounds, NO_EXCEPTIONS)
    episode = Episode(EP_ID, FPS, tables, rows, vectors, "0" * 64)
    stored = StoredClustering(
        identities=build_identities(episode, clusters, settings, PACK, NOW),
        track_embeddings=embeddings,
        tracks=cast(Tracks, OnlyRows(tables)),
        accepted=tracks.accepted,
        exceptions=NO_EXCEPTIONS,
        guardrails=GuardrailSettings(),
        calibrated=PACK.thresholds,
        evidence=PACK.evidence,
    )
    return guardrail_check(metric)(Loaded(stored, embeddings, lambda _: None))


@dataclass(frozen=True)
class OnlyRows:
    """Table of tracks without its companion files, of which the checks read none."""

    rows: Sequence[Any]


def joined(*parts: ClipTracks) -> ClipTracks:
    return ClipTracks(
        tracks=[track for part in parts for track in part.tracks],
        embeddings=[row for part in parts for row in part.embeddings],
        vectors=np.concatenate([part.vectors for part in parts]),
        people=[person for part in parts for person in part.people],
        accepted={key: faces for part in parts for key, faces in part.accepted.items()},
    )


def one_lead(clips: dict[str, ClipTracks]) -> tuple[ClipTracks, list[int]]:
    """Return the lead of `pbreak` and half as many tracks of people of `promo`, strangers to each other."""
    tracks = joined(clips["pbreak"], clips["promo"])
    lead = [index for index, person in enumerate(tracks.people) if person == "pbreak B"]
    others = [index for index, person in enumerate(tracks.people) if person.startswith("promo")]
    return tracks, [*lead, *others[: len(lead) // 3]]


def test_strangers_warn(clips: dict[str, ClipTracks]) -> None:
    tracks = clips["promo"]
    found = outcome(tracks, range(len(tracks.people)), "singleton_fraction")
    assert found.metadata["tracks"] >= 20
    assert found.metadata["beyond_limit"]
    assert (found.passed, found.severity) == (False, "WARN")
    assert "This is plausible for people who appear only once" in found.description
    assert "cluster_thresh" not in found.description
    assert "remedy" not in found.metadata


def test_a_lead_warns(clips: dict[str, ClipTracks]) -> None:
    found = outcome(*one_lead(clips), "largest_cluster_fraction")
    assert found.metadata["tracks"] >= 20
    assert found.metadata["beyond_limit"]
    assert (found.passed, found.severity) == (False, "WARN")
    assert "This is plausible for a lead" in found.description
    assert "cluster_thresh" not in found.description
    assert "remedy" not in found.metadata


MERGED = {"cluster_thresh": -1.0, "min_identity_sim": -1.0, "cannot_link": False}


@pytest.mark.parametrize(
    ("clip", "evidence"),
    [("promo", "tracks of the largest identity"), ("pbreak", "The largest identity falls into two parts")],
)
def test_an_over_merged_clip_blocks(clip: str, evidence: str, clips: dict[str, ClipTracks]) -> None:
    tracks = clips[clip]
    found = outcome(tracks, range(len(tracks.people)), "largest_cluster_fraction", **MERGED)
    assert (found.passed, found.severity) == (False, "ERROR")
    assert evidence in found.description
    assert "cluster_thresh" in found.description


def test_a_shattered_clip_blocks(clips: dict[str, ClipTracks]) -> None:
    tracks = clips["pbreak"]
    found = outcome(tracks, range(len(tracks.people)), "singleton_fraction", cluster_thresh=0.95, adopt_max_tracks=0)
    assert (found.passed, found.severity) == (False, "ERROR")
    assert "singletons are similar enough to another identity" in found.description
    assert "cluster_thresh" in found.description
