"""Records of `identity_evaluation.json`. The file itself is declared in `schemas`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from screenalytics_assets.contract.record_types import Fraction, IdentityId, Record, Seconds, added_field


class PrecisionRecall(Record):
    """Precision (share of claims that are right), recall (share of the truth claimed) and their harmonic mean."""

    precision: Fraction
    recall: Fraction
    f: Fraction


class Clicks(Record):
    """Operations that correct the identities, as defined in docs/ground-truth.md."""

    merges: int = Field(ge=0, description="merges of identities that show the same person")
    splits: int = Field(ge=0, description="tracks moved into a new identity because their person has none")
    moves: int = Field(ge=0, description="tracks moved into their person's existing identity")
    names: int = Field(ge=0, description="people to name, excluding background")
    total: int = Field(ge=0)


class Agreement(Record):
    """Agreement between identities and people. Each track weighs 1, or its seconds on screen."""

    b_cubed: PrecisionRecall = Field(
        description="precision over tracks in identities; unusable tracks lower the recall"
    )
    b_cubed_in_identities: PrecisionRecall = Field(description="same, ignoring unusable tracks")
    pairwise: PrecisionRecall = Field(description="over pairs of tracks; unusable tracks lower the recall")
    purity: Fraction = Field(description="share of tracks in identities that show the main person of their identity")
    nmi: Fraction = Field(description="normalised mutual information over tracks in identities")
    people_found: int = Field(ge=0, description="people who are the main person of an identity")
    clicks: Clicks


class ClusteringFigures(Record):
    """Figures for tracks whose person is known for certain. `reason` says why figures are null."""

    tracks: int = Field(ge=0)
    seconds: Seconds
    unusable_tracks: int = Field(ge=0, description="number of these tracks that are in no identity")
    unusable_seconds: Seconds
    identities: int = Field(ge=0, description="identities with at least one of these tracks")
    people_true: int = Field(
        ge=0, description="people shown by these tracks; with a truth of boxes all labelled people, caught or not"
    )
    by_track: Agreement | None
    by_second: Agreement | None
    reason: str | None = Field(description="why the figures are null")


class ShotFigures(Record):
    """Precision and recall of who is in which shot. `reason` says why figures are null."""

    by_shot: PrecisionRecall | None = Field(description="over (shot, person) pairs")
    by_second: PrecisionRecall | None = Field(description="same, with each pair weighted by the shot's seconds")
    reason: str | None = Field(description="why the figures are null")


class ShotEvaluation(Record):
    """Evaluation of who is in which shot, if the truth file states it."""

    shots: int = Field(ge=0)
    people_true: int = Field(ge=0, description="people in the truth file, excluding background")
    people_found: int = Field(ge=0, description="people to which an identity is assigned")
    assignment: Mapping[IdentityId, str] = Field(
        description="identity -> person: the one-to-one assignment that agrees best with the truth"
    )
    all_people: ShotFigures
    without_background: ShotFigures


class ScreenTimeFigures(Record):
    """Precision and recall of who is on screen in which second, summed over people. `reason` says why it is null."""

    by_second: PrecisionRecall | None
    seconds_true: Seconds = Field(description="seconds of labelled people on screen")
    seconds_found: Seconds = Field(description="seconds in which identities claim a person")
    seconds_right: Seconds = Field(description="seconds in both")
    reason: str | None = Field(description="why the figures are null")


class ScreenTimeEvaluation(Record):
    """Evaluation of who is on screen in which second, if the truth file holds labelled boxes."""

    all_people: ScreenTimeFigures
    without_background: ScreenTimeFigures


class CoverageFigures(Record):
    """Labelled people and seconds that the tracks miss."""

    people: int = Field(ge=0)
    people_never_caught: int = Field(ge=0, description="people in whose labelled frames no track is on their face")
    seconds: Seconds = Field(description="seconds of labelled people on screen")
    missed_seconds: Seconds = Field(description="those seconds in which no track is on the person's face")


class PersonCoverage(Record):
    """Seconds of one person that the tracks miss."""

    person: str
    seconds: Seconds
    missed_seconds: Seconds
    never_caught: bool


class Coverage(Record):
    """What the tracks miss and what they invent, if the truth file holds labelled boxes."""

    all_people: CoverageFigures
    without_background: CoverageFigures
    by_person: tuple[PersonCoverage, ...] = Field(description="every labelled person, by name")
    not_face_tracks: int = Field(ge=0, description="tracks on what the truth file labels as no face")
    not_face_seconds: Seconds


class ClusteringEvaluation(Record):
    """Agreement between identities and people."""

    all_people: ClusteringFigures
    without_background: ClusteringFigures


class TruthSummary(Record):
    """Truth file and its coverage."""

    sha256: str = Field(description="hash of the truth file")
    kind: Literal["shots", "tracks", "boxes"]
    tracks: int = Field(ge=0, description="tracks of the episode, excluding deleted ones")
    tracks_without_truth: int = Field(ge=0, description="tracks whose person the truth file does not state")
    seconds_without_truth: Seconds


class IdentityEvaluation(Record):
    """`identity_evaluation.json`."""

    ep_id: str
    truth: TruthSummary | None = Field(description="null if the episode has no truth file")
    clustering: ClusteringEvaluation | None = Field(description="null if the episode has no truth file")
    shots: ShotEvaluation | None = Field(description="null unless the truth file states who is in which shot")
    screen_time: ScreenTimeEvaluation | None = added_field("absent unless the truth file holds labelled boxes")
    coverage: Coverage | None = added_field("absent unless the truth file holds labelled boxes")


class AcceptedEvaluation(Record):
    """`accepted_evaluation.json`: baseline that later evaluations are compared with."""

    evaluation: IdentityEvaluation
    identities_digest: str
    accepted_at: datetime
