"""The decisions of people about an episode, and what they mean for its tracks."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from screenalytics_assets.contract.identity_records import (
    DecisionFate,
    DecisionsApplied,
    Identities,
    Identity,
    Labels,
    TrackAnchor,
)
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, Track, TrackBox, Tracks
from screenalytics_assets.identities.previous_ids import PreviousIds
from screenalytics_assets.identities.track_anchors import anchors
from screenalytics_assets.moderation.anchors import scene_of
from screenalytics_assets.moderation.overlay import overlay
from screenalytics_assets.moderation.replay import replay
from screenalytics_assets.moderation.state import NO_MODERATION, ModeratedIdentity, Moderation, Outcome, Scene
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import catch_up
from screenalytics_resources.decisions.mirror import NO_DECISIONS, decisions_sha256, read_decisions
from screenalytics_resources.decisions.records import Decision


@dataclass(frozen=True)
class Decided:
    """Decisions in order, their hash, the tracks that they are about, and what they mean for these tracks."""

    decisions: tuple[Decision, ...] = ()
    sha256: str = NO_DECISIONS
    scene: Scene | None = None
    moderation: Moderation = NO_MODERATION

    def ids_of(self, previous: Identities | None) -> PreviousIds | None:
        """Return the ids of the previous result with the decisions laid over it; None without either."""
        if previous is None or self.scene is None:
            return None
        return PreviousIds.moderated(
            previous, overlay(previous, self.decisions, scene_of_previous(previous, self.scene))
        )

    def said_of(self, identities: Identities) -> Identities:
        """Return identities of an earlier run with the names and refusals of today. Their tracks stay."""
        last_seq = identities.decisions.last_seq if identities.decisions else 0
        if self.scene is None or last_seq == self.moderation.last_seq:
            return identities
        scene = scene_of_previous(identities, self.scene)
        now = {row.identity_id: row for row in overlay(identities, self.decisions, scene).identities}
        rows = [
            _said_now(identity, now[identity.identity_id]) if identity.identity_id in now else identity
            for identity in identities.identities
        ]
        return identities.model_copy(update={"identities": tuple(rows)})

    @property
    def fates(self) -> DecisionsApplied | None:
        """What became of the decisions; None if there are none."""
        if not self.decisions:
            return None
        outcomes = self.moderation.outcomes
        counts = Counter(outcome.status for outcome in outcomes)
        return DecisionsApplied(
            last_seq=self.moderation.last_seq,
            sha256=self.sha256,
            applied=counts["applied"],
            partial=counts["partial"],
            undone=counts["undone"],
            lost=tuple(_fate(outcome) for outcome in outcomes if outcome.status == "lost"),
            overruled=tuple(_fate(outcome) for outcome in outcomes if outcome.status == "overruled"),
        )

    @property
    def inputs(self) -> dict[str, str]:
        """The decisions as an input of a provenance; empty if there are none, as before there were any."""
        return {} if self.sha256 == NO_DECISIONS else {"decisions": self.sha256}


NOTHING_DECIDED = Decided()


def read_decided(store: ArtifactStore, tracks: Tracks, last_seq: int | None = None) -> Decided:
    """Read the decisions about an episode, up to `last_seq` if given, and replay them on its tracks.

    Raises:
        UserError: the decisions or the description of the video are damaged, or the decisions are in a database that
            cannot be used.
    """
    catch_up(store, tracks.ep_id)
    # The hash comes first: a decision that is made in between makes the result stale, and is not missed.
    sha256 = decisions_sha256(store, tracks.ep_id)
    if sha256 == NO_DECISIONS or last_seq == 0:
        return NOTHING_DECIDED
    decisions = read_decisions(store, tracks.ep_id)
    return decide(decisions if last_seq is None else decisions[:last_seq], sha256, store, tracks)


def decide(decisions: tuple[Decision, ...], sha256: str, store: ArtifactStore, tracks: Tracks) -> Decided:
    """Replay decisions with this hash on tracks, which may be others than the stored ones."""
    scene = scene_of(tracks, load_artifact(store, EPISODE_VIDEO, tracks.ep_id).content)
    return Decided(decisions, sha256, scene, replay(decisions, scene))


def _said_now(identity: Identity, now: ModeratedIdentity) -> Identity:
    labels = identity.labels if identity.labels.assigned_by == "machine" else Labels()
    if now.person_id is not None:
        labels = Labels(person_id=now.person_id, assigned_by="person")
    return identity.model_copy(update={"labels": labels, "not_people": tuple(sorted(now.not_people)) or None})


def _fate(outcome: Outcome) -> DecisionFate:
    return DecisionFate(
        decision_id=str(outcome.decision_id),
        seq=outcome.seq,
        kind=outcome.kind,
        reason=outcome.reason,
        overruled_by=outcome.overruled_by,
    )


def scene_of_previous(previous: Identities, scene: Scene) -> Scene:
    """Return the scene with the tracks of the previous result, as far as their anchors tell, if they are others."""
    if previous.track_anchors == anchors(scene.tracks):
        return scene
    times = sorted({(box.frame, box.ts) for track in scene.tracks for box in track.boxes})
    return replace(scene, tracks=_tracks_of(previous.track_anchors, times))


def _tracks_of(track_anchors: Sequence[TrackAnchor], times: Sequence[tuple[int, float]]) -> list[Track]:
    """Return tracks that have one box each. `times` are frames in ascending order and when they are on screen."""
    frames, seconds = np.array(times, np.float64).reshape(-1, 2).T

    def at(frame: int) -> float:
        return float(np.interp(frame, frames, seconds)) if len(frames) else 0.0

    return [
        Track(
            track_id=anchor.track_id,
            shot_id="shot-0001",
            first_frame=anchor.first_frame,
            last_frame=anchor.last_frame,
            first_ts=at(anchor.first_frame),
            last_ts=at(anchor.last_frame),
            frame_count=1,
            mean_score=0.0,
            boxes=(TrackBox(frame=anchor.frame, ts=at(anchor.frame), bbox=anchor.bbox, score=0.0),),
            crops=(),
            split_from=None,
            split_reason=None,
        )
        for anchor in track_anchors
    ]
