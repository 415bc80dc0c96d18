"""What replay and overlay return: the meaning of all decisions for the current tracks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from screenalytics_assets.contract.schemas import Track
from screenalytics_resources.decisions.records import Kind, Reason

Status = Literal["applied", "partial", "lost", "overruled", "undone"]


@dataclass(frozen=True)
class Scene:
    """The tracks that anchors are compared with, and the video that they come from. Width and height are in px."""

    tracks: Sequence[Track]
    video_sha256: str
    width: int
    height: int
    frame_s: float


@dataclass(frozen=True)
class Outcome:
    """What became of one decision.

    `applied`: it holds for all its faces that were found, which are at least half. `partial`: it holds for fewer, or
    newer decisions took some. `lost`: its faces were not found. `overruled`: newer decisions contradict it. `undone`:
    it was taken back.
    """

    decision_id: UUID
    seq: int
    kind: Kind
    status: Status
    reason: str = ""
    overruled_by: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cut:
    """A track that shows two people: the second from `ts` on."""

    track_id: str
    ts: float
    seq: int


@dataclass(frozen=True)
class Moderation:
    """Meaning of the decisions `1..last_seq` for the current tracks. Facts never contradict each other.

    Attributes:
        last_seq: number of decisions.
        groups: tracks of one person, by first appearance; each track is in at most one group, of two or more.
        apart: pairs of tracks of different people, one or more for each pair of groups or single tracks.
        together: pairs of a group that share a frame, which a person allowed: a mirror, or a split screen.
        dismissed: track -> reason. These tracks leave before clustering.
        locks: tracks of each locked identity. No other track may join them.
        names: track -> person id, said by a person.
        not_names: track -> people whom it does not show.
        labels: track -> label.
        representatives: track -> time of the frame that is the thumbnail of its identity.
        cuts: tracks to cut.
        reviewed: tracks of identities that a person has reviewed.
        outcomes: of every decision, in order of seq; undo decisions are left out.
    """

    last_seq: int = 0
    groups: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    together: tuple[tuple[str, str], ...] = ()
    dismissed: Mapping[str, Reason] = field(default_factory=dict)
    locks: tuple[tuple[str, ...], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    not_names: Mapping[str, frozenset[str]] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    representatives: Mapping[str, float] = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    reviewed: frozenset[str] = frozenset()
    outcomes: tuple[Outcome, ...] = ()


NO_MODERATION = Moderation()


@dataclass(frozen=True)
class ModeratedIdentity:
    """An identity as readers see it between two runs.

    `version` changes with everything that a person can change or see: tracks, names, label, lock, representative.
    `representative` is a track and the time of its frame, if a person chose one.
    """

    identity_id: str
    track_ids: tuple[str, ...]
    locked: bool = False
    label: str | None = None
    person_id: str | None = None
    not_people: frozenset[str] = frozenset()
    representative: tuple[str, float] | None = None
    reviewed: bool = False

    @property
    def version(self) -> str:
        """Short hash of the identity's state; equal for equal states."""
        from screenalytics_assets.moderation.versions import version_of

        return version_of(self)


@dataclass(frozen=True)
class ModeratedEpisode:
    """The identities of an episode with all decisions laid over the last result, without clustering.

    Attributes:
        last_seq: last decision that is included.
        identities: in order of their ids.
        unassigned: tracks in no identity that are not dismissed, in order.
        dismissed: track -> reason.
        successors: id that is gone -> id of the identity that it became part of.
        next_identity_number: number of the next new identity.
    """

    last_seq: int
    identities: tuple[ModeratedIdentity, ...]
    unassigned: tuple[str, ...]
    dismissed: Mapping[str, Reason]
    successors: Mapping[str, str]
    next_identity_number: int

    def identity(self, identity_id: str) -> ModeratedIdentity | None:
        """Return the identity with this id, or None."""
        return next((identity for identity in self.identities if identity.identity_id == identity_id), None)

    def identity_of_track(self) -> dict[str, str]:
        """Return track -> identity."""
        return {track: identity.identity_id for identity in self.identities for track in identity.track_ids}
