"""Checks of `identities`: integrity, and the guardrails that stop a bad clustering.

A guardrail that fails says why: where the largest identity would come apart, which singletons nearly joined
somebody, and which one setting would have let it pass. Nothing of that is computed where it passes.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import Any

import numpy as np
from dagster import MetadataValue
from numpy.typing import NDArray

from screenalytics_assets.contract.crops import read_crop
from screenalytics_assets.contract.exceptions_file import Exceptions, read_exceptions
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import (
    FACES,
    IDENTITIES,
    TRACK_EMBEDDINGS,
    TRACKS,
    Face,
    TrackEmbeddings,
    Tracks,
)
from screenalytics_assets.dagster_support.asset_support import table_metadata
from screenalytics_assets.dagster_support.check_support import Check, asset_checks
from screenalytics_assets.dagster_support.guardrails import judge
from screenalytics_assets.dagster_support.outcome import Outcome, whole
from screenalytics_assets.identities.cluster_episode import cluster_episode, cluster_free
from screenalytics_assets.identities.cluster_tracks import Clusters
from screenalytics_assets.identities.diagnosis.cause_tables import (
    NEAR_JOIN_COLUMNS,
    WEAK_LINK_COLUMNS,
    identity_rows,
    near_join_rows,
    weak_link_rows,
)
from screenalytics_assets.identities.diagnosis.pair_sheet import pair_sheet
from screenalytics_assets.identities.diagnosis.remedy import (
    Metrics,
    direction,
    identity_metrics,
    no_remedy_sentence,
    remedy_sentence,
    smallest_remedy,
)
from screenalytics_assets.identities.identity_guardrails import evidence, identity_guardrail
from screenalytics_assets.identities.integrity import identity_faults
from screenalytics_assets.identities.made_with import clustering_settings, clustering_thresholds
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.sources import resolve
from screenalytics_assets.settings.stages import ClusteringSettings, GuardrailSettings
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import config_dir

REMEDIES = ("cluster_thresh", "min_identity_sim")
"""Settings that are tried as a remedy, the likelier one first; only that one where the guardrail does not block."""
BLOCKING = ("singleton_fraction", "largest_cluster_fraction")


@dataclass(frozen=True)
class Loaded:
    """What the checks look at. What a failing one needs on top is computed once, for all that fail."""

    identities: Identities
    track_embeddings: TrackEmbeddings
    guardrails: GuardrailSettings
    tracks: Tracks
    accepted: Mapping[str, list[Face]]
    exceptions: Exceptions
    read_crop: Callable[[str], NDArray[np.uint8] | None]

    @cached_property
    def settings(self) -> ClusteringSettings:
        """What the identities were made with."""
        return clustering_settings(self.identities)

    @cached_property
    def bounds(self) -> Thresholds:
        """The numbers that the identities were made with."""
        return clustering_thresholds(self.identities)

    @cached_property
    def made_again(self) -> Clusters:
        """The same clustering once more; its constraints serve every further one."""
        return cluster_episode(
            self.tracks.rows, self.track_embeddings, self.settings, self.bounds, self.exceptions, self.locked
        )

    @cached_property
    def locked(self) -> Mapping[str, str]:
        """The locked identity of each track that has one."""
        return {track: i.identity_id for i in self.identities.identities if i.locked for track in i.track_ids}

    @cached_property
    def metrics_at(self) -> Callable[[str, float], Metrics]:
        """The metrics if a setting had another value, each value clustered once."""
        smallest = self.settings.min_cluster_size
        return cache(lambda setting, value: identity_metrics(recluster(self, setting, value), smallest))

    @cached_property
    def causes(self) -> Mapping[str, Any]:
        """Weak links and near joins of the identities, as metadata."""
        vectors, rows = self.track_embeddings.vectors, identity_rows(self.identities, self.track_embeddings.rows)
        constraints = self.made_again.constraints
        largest, links, link_faces = weak_link_rows(vectors, rows, self.accepted)
        joins, join_faces = near_join_rows(vectors, rows, self.bounds.cluster_thresh, constraints, self.accepted)
        sheets = {"weak_link_faces": link_faces, "near_join_faces": join_faces}
        return {
            "largest_identity": largest,
            "weak_links": table_metadata(links, *WEAK_LINK_COLUMNS),
            "near_joins": table_metadata(joins, *NEAR_JOIN_COLUMNS),
            **{name: MetadataValue.md(pair_sheet(faces, self.read_crop)) for name, faces in sheets.items() if faces},
        }


def identities_are_whole(loaded: Loaded) -> Outcome:
    """Every track is in exactly one identity, or among the unusable ones."""
    embeddings = loaded.track_embeddings
    actual = hashlib.sha256(embeddings.vectors.tobytes()).hexdigest()
    faults = identity_faults(loaded.identities, embeddings, actual)
    return whole(faults, f"{len(loaded.identities.identities)} identities", "materialize identities again")


def guardrail_check(metric: str) -> Callable[[Loaded], Outcome]:
    """The check that holds one number of the metadata against its guardrail, and says why where it fails."""

    def check(loaded: Loaded) -> Outcome:
        outcome = _judged(loaded, metric, getattr(loaded.identities.metadata, metric))
        if outcome.passed:
            return outcome
        found = {"remedy": remedy(loaded, metric), **loaded.causes}
        said = f"{outcome.description} {found['remedy']}" if outcome.severity == "ERROR" else outcome.description
        return replace(outcome, description=said, metadata={**outcome.metadata, **found})

    return check


def _judged(loaded: Loaded, metric: str, value: float) -> Outcome:
    return judge(
        identity_guardrail(metric, loaded.guardrails),
        value,
        loaded.identities.metadata.num_tracks,
        loaded.guardrails.guardrail_min_tracks,
        evidence(loaded.identities, metric),
    )


def recluster(loaded: Loaded, setting: str, value: float) -> NDArray[np.int64]:
    """Labels (U,) of the tracks with an embedding if one of `REMEDIES` had this value, -1 for those set aside."""
    rows = [row for row in loaded.track_embeddings.rows if row.embedding_row is not None]
    return cluster_free(
        loaded.track_embeddings.vectors,
        np.array([row.best_norm for row in rows]),
        [row.track_id for row in rows],
        loaded.settings,
        replace(loaded.bounds, **{setting: value}),
        loaded.made_again.constraints,
        loaded.locked,
    ).labels


def remedy(loaded: Loaded, metric: str) -> str:
    """The sentence that names the one setting whose smallest change would have let the guardrail pass.

    The cure of what blocks may not take another blocking guardrail beyond its limit, and that of what only warns
    not even beyond its target; one that is there already may not get worse.
    """
    current = vars(loaded.identities.metadata)
    made_again = identity_metrics(loaded.made_again.labels, loaded.settings.min_cluster_size)[metric]
    if made_again != current[metric]:
        return (
            f"Clustering again with the same settings gives {metric} {made_again:g}, not {current[metric]:g}: "
            f"materialize identities again before a setting is changed."
        )
    guardrail = identity_guardrail(metric, loaded.guardrails)
    others = [identity_guardrail(other, loaded.guardrails) for other in BLOCKING if other != metric]
    bounds = {other.metric: other.limit if guardrail.blocks else other.target for other in others}

    def accepts(metrics: Metrics) -> bool:
        harmless = all(metrics[other] <= max(bound, current[other]) for other, bound in bounds.items())
        return harmless and _judged(loaded, metric, metrics[metric]).passed

    sign = direction(metric, too_high=current[metric] > guardrail.target)
    values = {name: current[name] for name in (REMEDIES if guardrail.blocks else REMEDIES[:1])}
    found = smallest_remedy(values, sign, loaded.metrics_at, accepts)
    return no_remedy_sentence(metric, values, sign) if found is None else remedy_sentence(found, guardrail, others)


def _load(store: ArtifactStore, ep_id: str) -> Loaded:
    return Loaded(
        load_artifact(store, IDENTITIES, ep_id).content,
        load_artifact(store, TRACK_EMBEDDINGS, ep_id),
        resolve(GuardrailSettings, config_dir()).values,
        load_artifact(store, TRACKS, ep_id),
        accepted_by_track(load_artifact(store, FACES, ep_id).rows),
        read_exceptions(store, ep_id),
        partial(read_crop, store, ep_id),
    )


IDENTITIES_CHECKS = asset_checks(
    "identities",
    _load,
    [
        Check(
            "identities_are_whole",
            "Every track is in exactly one identity, or among the unusable ones.",
            identities_are_whole,
            blocking=True,
        ),
        Check(
            "singleton_fraction",
            "Not too many tracks that joined nobody. Beyond the limit it blocks what is downstream.",
            guardrail_check("singleton_fraction"),
            blocking=True,
        ),
        Check(
            "largest_cluster_fraction",
            "No identity that swallows the cast. Beyond the limit it blocks what is downstream.",
            guardrail_check("largest_cluster_fraction"),
            blocking=True,
        ),
        Check("num_clusters", "As many identities as a cast has people; only warns.", guardrail_check("num_clusters")),
        Check(
            "avg_cluster_size",
            "As many tracks an identity as is usual; only warns.",
            guardrail_check("avg_cluster_size"),
        ),
    ],
)
