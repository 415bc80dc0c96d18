"""Cleanup of one episode in memory: runs the phases in order and builds the report."""

import time
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import TypeVar

from screenalytics_assets.cleanup.artifact_set import ArtifactSet
from screenalytics_assets.cleanup.expectation import Expected, expected
from screenalytics_assets.cleanup.group_clusters import group_clusters
from screenalytics_assets.cleanup.guardrail_states import guardrail_states
from screenalytics_assets.cleanup.phase_facts import PhaseFacts
from screenalytics_assets.cleanup.phases import (
    cluster_again,
    embed_again,
    moved_tracks,
    split,
)
from screenalytics_assets.cleanup.request import CleanupRequest
from screenalytics_assets.cleanup.tools import CleanupTools
from screenalytics_assets.contract.cleanup_records import (
    PHASES,
    CleanupReport,
    Grouping,
    MovedTrack,
    Phase,
    SplitCounts,
)
from screenalytics_assets.contract.schemas import Tracks
from screenalytics_assets.identities.build_identities import Episode
from screenalytics_assets.identities.cluster_episode import without_tracks
from screenalytics_assets.identities.diagnosis.stored_clustering import StoredClustering
from screenalytics_assets.identities.locked import locked_tracks
from screenalytics_assets.track_embeddings.embed_tracks import accepted_by_track
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Report

T = TypeVar("T")


@dataclass
class _Run:
    """State of a running cleanup."""

    request: CleanupRequest
    tools: CleanupTools
    before: ArtifactSet
    state: ArtifactSet
    facts: PhaseFacts = field(default_factory=PhaseFacts)

    def split_tracks(self, report: Report) -> None:
        tracks, faces = self._need(self.state.tracks, "tracks"), self._need(self.state.faces, "faces")
        pack = self.tools.pack(faces.pack)
        self.state, result = split(self.state, tracks, faces, pack, self.request.settings, self._locked(tracks))
        self.facts.update(
            {
                "splits": SplitCounts(
                    hard=result.reasons["hard"],
                    streak=result.reasons["streak"],
                    iou=result.reasons["iou"],
                    total=result.new_tracks,
                ),
                "tracks_split": result.tracks_split,
                "new_tracks_created": result.new_tracks,
            }
        )
        report(len(tracks.rows))

    def reembed(self, report: Report) -> None:
        tracks, faces = self._need(self.state.tracks, "tracks"), self._need(self.state.faces, "faces")
        engine = self.tools.engine(faces.pack)
        self.state, result = embed_again(
            self.state,
            tracks,
            faces,
            engine,
            self.tools.read_crop,
            self.request.settings,
            report,
            self._locked(tracks),
        )
        self.facts.update(
            {
                "faces_rejected": result.rejected,
                "faces_rejected_by_reason": dict(sorted(result.reasons.items())),
                "mean_quality_before": result.mean_quality_before,
                "mean_quality_after": result.mean_quality_after,
            }
        )
        report(len(tracks.rows))

    def recluster(self, report: Report) -> None:
        tracks, faces = self._need(self.state.tracks, "tracks"), self._need(self.state.faces, "faces")
        embeddings = self._need(self.state.track_embeddings, "track_embeddings")
        self.state = cluster_again(
            self.state,
            tracks,
            faces,
            embeddings,
            self.tools.pack(faces.pack),
            self.tools.exceptions(),
            self.request.settings,
            self.request.now,
            self.tools.clothing(tracks),
            self.tools.decided(tracks, None),
        )
        before, after = self.before.metrics, self.state.metrics
        # If nothing changed, the lineage still describes an earlier change. Count only identities that existed before.
        old = {i.identity_id for i in self.before.identities.content.identities} if self.before.identities else set()
        identities = self._need(self.state.identities, "identities")
        self.facts.update(
            {
                "clusters_merged": sum(
                    other in old for others in identities.content.lineage.merged_from.values() for other in others
                ),
                "singleton_fraction_before": before.singleton_fraction,
                "singleton_fraction_after": after.singleton_fraction,
                "largest_cluster_fraction_before": before.largest_cluster_fraction,
                "largest_cluster_fraction_after": after.largest_cluster_fraction,
            }
        )
        report(len(tracks.rows))

    def group_clusters(self, report: Report) -> None:
        tracks, embeddings = (
            self._need(self.state.tracks, "tracks"),
            self._need(self.state.track_embeddings, "track_embeddings"),
        )
        identities = self._need(self.state.identities, "identities")
        if identities.provenance.inputs["track_embeddings"] != embeddings.digest:
            raise UserError(
                "the track embeddings have changed since the identities were made: run recluster before group_clusters"
            )
        said = self.tools.decided(tracks, None).said_of(identities.content)
        cast = self.tools.match_cast(replace(self.state, identities=identities.with_content(said)))
        # Of newer decisions only the names count here. The next run follows all.
        last_seq = identities.content.decisions.last_seq if identities.content.decisions else 0
        moderation = self.tools.decided(tracks, last_seq).moderation
        stored = self.before.identities.content if self.before.identities else None
        grouped = group_clusters(
            said,
            stored,
            Episode.of(tracks, embeddings, self.tools.clothing(tracks), moderation.dismissed),
            cast.matches,
            cast.names,
            self.tools.pack(embeddings.pack),
            self.request.now,
            moderation,
        )
        self.state = replace(self.state, identities=identities.with_content(grouped.content))
        self.facts.update(
            {
                "clusters_grouped": sum(len(group) - 1 for group in grouped.merged.values()),
                "auto_assigned_identities": len(grouped.assigned),
                "grouping": Grouping(
                    centroids=len(cast.matches),
                    within_episode=grouped.merged,
                    across_episodes=grouped.assigned,
                    needs_review=grouped.needs_review,
                ),
            }
        )
        report(len(identities.content.identities))

    def units(self, phase: Phase) -> int:
        """Return the number of units of work in a phase, for its progress."""
        rows = self.state.identities.content.identities if phase == "group_clusters" and self.state.identities else ()
        return max(
            1, len(rows) if phase == "group_clusters" else len(self.state.tracks.rows) if self.state.tracks else 1
        )

    def step(self, phase: Phase) -> Callable[[Report], None]:
        """Return the method that runs a phase."""
        steps: Mapping[Phase, Callable[[Report], None]] = {
            "split_tracks": self.split_tracks,
            "reembed": self.reembed,
            "recluster": self.recluster,
            "group_clusters": self.group_clusters,
        }
        return steps[phase]

    def expected(self, artifacts: ArtifactSet) -> Expected | None:
        """Return what the evidence model expects of the identities; None if something that it needs is missing."""
        if artifacts.tracks is None or artifacts.track_embeddings is None:
            return None
        try:
            exceptions, clothing = self.tools.exceptions(), self.tools.clothing(artifacts.tracks)
            return expected(artifacts, exceptions, self.tools.pack(artifacts.track_embeddings.pack), clothing)
        except UserError:
            return None

    def diagnose(self, artifacts: ArtifactSet) -> StoredClustering | None:
        """Return what a search for evidence of an error needs; None if something is missing or out of date."""
        tracks, faces, embeddings, identities = (
            artifacts.tracks,
            artifacts.faces,
            artifacts.track_embeddings,
            artifacts.identities,
        )
        if tracks is None or faces is None or embeddings is None or identities is None:
            return None
        if identities.provenance.inputs["track_embeddings"] != embeddings.digest:
            return None
        try:
            pack = self.tools.pack(embeddings.pack)
            content = identities.content
            last_seq = content.decisions.last_seq if content.decisions else 0
            return StoredClustering(
                identities=content,
                track_embeddings=without_tracks(embeddings, content.dismissed_tracks or ()),
                tracks=tracks,
                accepted=accepted_by_track(faces.rows),
                exceptions=self.tools.exceptions(),
                guardrails=self.request.guardrails,
                calibrated=pack.thresholds,
                evidence=pack.evidence,
                clothing=self.tools.clothing(tracks),
                moderation=self.tools.decided(tracks, last_seq).moderation,
            )
        except UserError:
            return None

    def _locked(self, tracks: Tracks) -> Set[str]:
        """Return the tracks of locked identities, which a cleanup leaves as they are."""
        return locked_tracks(self.tools.decided(tracks, None).moderation).keys()

    def _need(self, artifact: T | None, asset: str) -> T:
        """Return the artifact. Raises `UserError` with the reason if it is missing."""
        if artifact is None:
            raise UserError(self.state.missing[asset].rstrip("."))
        return artifact


def cleanup_episode(
    request: CleanupRequest, before: ArtifactSet, tools: CleanupTools
) -> tuple[ArtifactSet, CleanupReport]:
    """Run the phases of `request`, and return the resulting artifacts and the report.

    Nothing is written. A phase whose inputs are missing is skipped with the reason, and the other phases still run.
    """
    run = _Run(request, tools, before, before)
    began = time.monotonic()
    chosen = [phase for phase in PHASES if phase in request.actions]
    skipped: dict[Phase, str] = {}
    seconds: dict[Phase, float] = {}
    for number, phase in enumerate(chosen, start=1):
        started = time.monotonic()
        report = tools.start(phase, number, len(chosen), run.units(phase))
        try:
            run.step(phase)(report)
        except UserError as error:
            skipped[phase] = str(error)
        seconds[phase] = round(time.monotonic() - started, 3)
    completed = tuple(phase for phase in chosen if phase not in skipped)
    counts_before, counts_after = before.counts, run.state.counts
    was, now = run.expected(before), run.expected(run.state)
    return run.state, CleanupReport(
        ep_id=request.ep_id,
        cleanup_id=request.cleanup_id,
        write_back=False,
        promoted=False,
        refused=None,
        actions=completed,
        actions_completed=completed,
        actions_skipped=skipped,
        profile=request.profile,
        settings=request.given,
        runtime_sec=round(time.monotonic() - began, 3),
        runtime_by_phase=seconds,
        created_at=request.now,
        tracks_before=counts_before.tracks,
        tracks_after=counts_after.tracks,
        faces_before=counts_before.faces,
        faces_after=counts_after.faces,
        clusters_before=counts_before.clusters,
        clusters_after=counts_after.clusters,
        metrics_before=before.metrics,
        metrics_after=run.state.metrics,
        guardrails=guardrail_states(before, run.state, request.guardrails, run.diagnose),
        expected_before=was.figures if was else None,
        expected_after=now.figures if now else None,
        locked_identities=tuple(
            identity.identity_id
            for identity in (before.identities.content.identities if before.identities else ())
            if identity.locked
        ),
        moved_tracks=tuple(
            _moved_track(track, old, new, was, now) for track, (old, new) in moved_tracks(before, run.state).items()
        ),
        digests=run.state.digests,
        **run.facts,
    )


def _moved_track(
    track: str, before: str | None, after: str | None, was: Expected | None, now: Expected | None
) -> MovedTrack:
    """Return the change of a track with its confidence before and after. A new piece has none before."""
    old, new = was.memberships.get(track) if was else None, now.memberships.get(track) if now else None
    return MovedTrack(
        track_id=track,
        before=before,
        after=after,
        confidence_before=old.confidence if old else None,
        confidence_after=new.confidence if new else None,
        evidence_before=old.evidence if old else None,
        evidence_after=new.evidence if new else None,
    )
