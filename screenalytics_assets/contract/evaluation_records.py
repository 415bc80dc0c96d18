"""Records of `identity_evaluation.json`; the file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, IdentityId, Record, Seconds


class PrecisionRecall(Record):
    """Share of what is claimed that is right, share of what is right that is claimed, and their harmonic mean."""

    precision: Fraction
    recall: Fraction
    f: Fraction


class Clicks(Record):
    """Operations that put the identities right, as docs/ground-truth.md defines them."""

    merges: int = Field(ge=0, description="further identities of people who have several")
    splits: int = Field(ge=0, description="tracks put into a new identity, as their person has none")
    moves: int = Field(ge=0, description="tracks put into the identity that their person has")
    names: int = Field(ge=0, description="people to be named, background left out")
    total: int = Field(ge=0)


class Agreement(Record):
    """How well identities and people agree, under one weight of a track: 1, or its seconds on screen."""

    b_cubed: PrecisionRecall = Field(description="precision of tracks in identities; unusable tracks lower the recall")
    b_cubed_in_identities: PrecisionRecall = Field(description="the same as if unusable tracks did not exist")
    pairwise: PrecisionRecall = Field(description="over pairs of tracks; unusable tracks lower the recall")
    purity: Fraction = Field(description="share of tracks in identities that are of their identity's main person")
    nmi: Fraction = Field(description="normalised mutual information, tracks in identities")
    people_found: int = Field(ge=0, description="people who are the main person of an identity")
    clicks: Clicks


class ClusteringFigures(Record):
    """Figures on tracks whose person is certain. Null figures have a reason."""

    tracks: int = Field(ge=0)
    seconds: Seconds
    unusable_tracks: int = Field(ge=0, description="of these tracks, those that are in no identity")
    unusable_seconds: Seconds
    identities: int = Field(ge=0, description="identities that hold one of these tracks")
    people_true: int = Field(ge=0, description="people whom these tracks show")
    by_track: Agreement | None
    by_second: Agreement | None
    reason: str | None = Field(description="why there are no figures")


class ShotFigures(Record):
    """Who is in which shot. Null figures have a reason."""

    by_shot: PrecisionRecall | None = Field(description="over pairs of a shot and a person")
    by_second: PrecisionRecall | None = Field(description="the same, a pair weighs its shot's seconds")
    reason: str | None = Field(description="why there are no figures")


class ShotEvaluation(Record):
    """Who is in which shot, where the truth says so."""

    shots: int = Field(ge=0)
    people_true: int = Field(ge=0, description="people whom the truth names, background left out")
    people_found: int = Field(ge=0, description="people to whom an identity is assigned")
    assignment: Mapping[IdentityId, str] = Field(description="the person whom each identity stands for, at best")
    all_people: ShotFigures
    without_background: ShotFigures


class ClusteringEvaluation(Record):
    """How well identities and people agree."""

    all_people: ClusteringFigures
    without_background: ClusteringFigures


class TruthSummary(Record):
    """The truth file, and how far it reaches."""

    sha256: str = Field(description="hash of the truth file")
    kind: Literal["shots", "tracks"]
    tracks: int = Field(ge=0, description="tracks of the episode, deleted ones left out")
    tracks_without_truth: int = Field(ge=0, description="tracks whose person the truth leaves open")
    seconds_without_truth: Seconds


class IdentityEvaluation(Record):
    """`identity_evaluation.json`."""

    ep_id: str
    truth: TruthSummary | None = Field(description="null where the episode has no truth file")
    clustering: ClusteringEvaluation | None = Field(description="null where the episode has no truth file")
    shots: ShotEvaluation | None = Field(description="null unless the truth says who is in which shot")


class AcceptedEvaluation(Record):
    """`accepted_evaluation.json`: the evaluation that later ones are held against."""

    evaluation: IdentityEvaluation
    identities_digest: str
    accepted_at: datetime
