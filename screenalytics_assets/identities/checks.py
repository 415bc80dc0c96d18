"""Checks of `identities`: integrity, and the guardrails that stop a bad clustering.

A failed guardrail explains its cause: whether there is evidence that the identities are wrong, the weakest links of the
largest identity, and the singletons that nearly joined another identity. With evidence it blocks, and names the one
setting that would have let it pass. Without, the result is plausible: the guardrail warns and names no setting. A
guardrail that passes computes none of this.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from dagster import MetadataValue
from numpy.typing import NDArray

from screenalytics_assets.contract.clothing_file import load_clothing
from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.exceptions_file import read_exceptions
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import FACES, IDENTITIES, TRACK_EMBEDDINGS, TRACKS, TrackEmbeddings
from screenalytics_assets.dagster_support.asset_support import table_metadata
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.outcome import SHOWN, Outcome, integrity_outcome
from screenalytics_assets.identities.cluster_episode import without_tracks
from screenalytics_assets.identities.decided import read_decided
from screenalytics_assets.identities.diagnosis.cause_tables import (
    NEAR_JOIN_COLUMNS,
    WEAK_LINK_COLUMNS,
    near_join_rows,
    weak_link_rows,
)
from screenalytics_assets.identities.diagnosis.find_remedy import find_evidence, find_remedy, judge_metric
from screenalytics_assets.identities.diagnosis.pair_sheet import pair_sheet
from screenalytics_assets.identities.diagnosis.stored_clustering import StoredClustering
from screenalytics_assets.identities.integrity import identity_problems
from screenalytics_assets.settings.episode_settings import resolve_for_episode
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class Loaded:
    """Inputs of the checks."""

    stored: StoredClustering
    embeddings: TrackEmbeddings
    """All stored track embeddings, including those of dismissed tracks."""
    read_crop: Callable[[str], NDArray[np.uint8] | None]

    @cached_property
    def causes(self) -> Mapping[str, Any]:
        """Weak links and near joins of the identities, as check metadata."""
        stored = self.stored
        vectors = stored.vectors
        rows = stored.rows
        largest, links, link_faces = weak_link_rows(vectors, rows, stored.accepted)
        joins, join_faces = near_join_rows(
            vectors, rows, stored.bounds.cluster_thresh, stored.constraints, stored.accepted
        )
        sheets = {"weak_link_faces": link_faces, "near_join_faces": join_faces}
        return {
            "largest_identity": largest,
            "weak_links": table_metadata(links, *WEAK_LINK_COLUMNS),
            "near_joins": table_metadata(joins, *NEAR_JOIN_COLUMNS),
            **{name: MetadataValue.md(pair_sheet(faces, self.read_crop)) for name, faces in sheets.items() if faces},
        }


def identities_are_whole(loaded: Loaded) -> Outcome:
    """Check that each track is in exactly one identity or in the list of unusable tracks."""
    stored = loaded.stored
    actual = hashlib.sha256(loaded.embeddings.vectors.tobytes()).hexdigest()
    problems = identity_problems(stored.identities, loaded.embeddings, actual)
    return integrity_outcome(
        problems, f"{len(stored.identities.identities)} identities", "materialize identities again"
    )


def decisions_are_kept(loaded: Loaded) -> Outcome:
    """Check that no decision of a person is lost."""
    fates = loaded.stored.identities.decisions
    if fates is None:
        return Outcome(True, "people have decided nothing about this episode", "WARN")
    figures = {
        "last_seq": fates.last_seq,
        "applied": fates.applied,
        "partial": fates.partial,
        "undone": fates.undone,
        "lost": len(fates.lost),
        "overruled": len(fates.overruled),
    }
    if not fates.lost:
        held = f"{fates.applied + fates.partial} of {fates.last_seq} decisions hold, and none is lost"
        return Outcome(True, held, "WARN", metadata=figures)
    lost = [f"decision {fate.seq} ({fate.kind}): {fate.reason}" for fate in fates.lost]
    count = "1 decision is lost" if len(lost) == 1 else f"{len(lost)} decisions are lost"
    return Outcome(
        False,
        f"{count}, first: {lost[0]}; decide again on what is on screen now, or undo it",
        "WARN",
        lost[:SHOWN],
        figures,
    )


def guardrail_check(metric: str) -> Callable[[Loaded], Outcome]:
    """Return a check that compares one metric with its guardrail and explains a failure."""

    def check(loaded: Loaded) -> Outcome:
        value = getattr(loaded.stored.identities.metadata, metric)
        if judge_metric(loaded.stored, metric, value).passed:
            return judge_metric(loaded.stored, metric, value)
        evidence = find_evidence(loaded.stored, metric, value)
        outcome = judge_metric(loaded.stored, metric, value, evidence)
        figures = {"verdict": evidence.verdict, "sentence": evidence.sentence, **evidence.figures}
        metadata = {**outcome.metadata, "evidence_of_error": MetadataValue.json(figures), **loaded.causes}
        if evidence.verdict == "plausible":
            return replace(outcome, metadata=metadata)
        remedy = find_remedy(loaded.stored, metric)
        # A blocked run shows only the description, so it includes the remedy. A warning stays short.
        if outcome.severity == "ERROR":
            return replace(outcome, description=f"{outcome.description} {remedy}", metadata=metadata)
        return replace(outcome, metadata={**metadata, "remedy": remedy})

    return check


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    identities = load_artifact(store, IDENTITIES, ep_id).content
    pack = load_pack(identities.metadata.model_pack, config_dir())
    tracks = load_artifact(store, TRACKS, ep_id)
    embeddings = load_artifact(store, TRACK_EMBEDDINGS, ep_id)
    # Decisions that are newer than the result are not part of it.
    last_seq = identities.decisions.last_seq if identities.decisions else 0
    stored = StoredClustering(
        identities=identities,
        track_embeddings=without_tracks(embeddings, identities.dismissed_tracks or ()),
        tracks=tracks,
        accepted=accepted_by_track(load_artifact(store, FACES, ep_id).rows),
        exceptions=read_exceptions(store, ep_id),
        guardrails=resolve_for_episode(GuardrailSettings, store, ep_id).values,
        calibrated=pack.thresholds,
        evidence=pack.evidence,
        clothing=load_clothing(store, tracks),
        moderation=read_decided(store, tracks, last_seq).moderation,
    )
    return Loaded(stored, embeddings, partial(read_crop, store, ep_id))


IDENTITIES_CHECKS = asset_checks(
    "identities",
    _load,
    [
        Check(
            "identities_are_whole",
            "Each track is in exactly one identity or in the list of unusable tracks.",
            identities_are_whole,
            blocking=True,
        ),
        Check(
            "decisions_are_kept",
            "Every decision of a person about the episode still finds its faces. Only warns.",
            decisions_are_kept,
        ),
        Check(
            "singleton_fraction",
            "Few tracks are alone in their identity. Beyond the limit, evidence of split people blocks downstream "
            "assets.",
            guardrail_check("singleton_fraction"),
            blocking=True,
        ),
        Check(
            "largest_cluster_fraction",
            "No identity contains too many of the tracks. Beyond the limit, evidence of several people in it blocks "
            "downstream assets.",
            guardrail_check("largest_cluster_fraction"),
            blocking=True,
        ),
        Check(
            "num_clusters",
            "The number of identities with at least `min_cluster_size` tracks is usual for a cast. Only warns.",
            guardrail_check("num_clusters"),
        ),
        Check(
            "avg_cluster_size",
            "The average number of tracks per identity is usual. Only warns.",
            guardrail_check("avg_cluster_size"),
        ),
    ],
)
