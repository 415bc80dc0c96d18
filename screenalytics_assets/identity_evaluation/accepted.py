"""The accepted evaluation of an episode, `manifests/{ep_id}/accepted_evaluation.json`, used as the baseline."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from screenalytics_assets.contract.evaluation_records import AcceptedEvaluation, Coverage, IdentityEvaluation
from screenalytics_assets.settings.stages import EvaluationSettings
from screenalytics_resources.artifact_reader import is_of_newer_release
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError

T = TypeVar("T")
FILE = "accepted_evaluation.json"
ROUNDING = 1e-9
"""Slack for comparing decimal differences, which binary floating point represents inexactly."""


@dataclass(frozen=True)
class Measure:
    """A figure and the amount `tolerance` by which it may get worse."""

    name: str
    value: float
    tolerance: float
    lower_is_better: bool = False

    def is_worse_than(self, other: "Measure") -> bool:
        loss = self.value - other.value if self.lower_is_better else other.value - self.value
        return loss > self.tolerance + ROUNDING


def accept(store: ArtifactStore, evaluation: IdentityEvaluation, identities_digest: str, now: datetime) -> None:
    """Store `evaluation` as the baseline of its episode. Raises `UserError` if it was made without ground truth."""
    if evaluation.truth is None:
        raise UserError(
            f"Episode {evaluation.ep_id} has no truth file, so there is nothing to accept: "
            f"add one with `screenalytics run --ep-id {evaluation.ep_id} --truth FILE`."
        )
    accepted = AcceptedEvaluation(evaluation=evaluation, identities_digest=identities_digest, accepted_at=now)
    store.write(store.manifest(evaluation.ep_id, FILE), accepted.model_dump_json(indent=1).encode() + b"\n")


def load_accepted(store: ArtifactStore, ep_id: str) -> AcceptedEvaluation | None:
    """Return the accepted evaluation, None if there is none. Raises `UserError` if its file is damaged."""
    path = store.manifest(ep_id, FILE)
    if not path.exists():
        return None
    try:
        return AcceptedEvaluation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its start"
        again = f"accept an evaluation again with `screenalytics evaluate --ep-id {ep_id} --accept`"
        remedy = f"update Screenalytics, or {again}" if is_of_newer_release(error) else again
        raise UserError(f"{store.relative(path)} cannot be used (at {where}: {first['msg']}): {remedy}.") from None


def worsened(now: IdentityEvaluation, accepted: IdentityEvaluation, settings: EvaluationSettings) -> list[str]:
    """Return one sentence per figure that is worse than accepted by more than its tolerance."""
    current = {measure.name: measure for measure in measures(now, settings)}
    sentences = []
    for then in measures(accepted, settings):
        later = current.get(then.name)
        if later is None:
            sentences.append(f"{then.name} was {then.value:.6g} and has no value now")
        elif later.is_worse_than(then):
            sentences.append(
                f"{then.name} went from {then.value:.6g} to {later.value:.6g}, beyond the tolerance {then.tolerance:g}"
            )
    return sentences


def measures(evaluation: IdentityEvaluation, settings: EvaluationSettings) -> Iterator[Measure]:
    """Yield the figures that later evaluations are compared with. Null and absent figures are left out."""
    for group, figures in evaluation.clustering or ():
        for weight, agreement in (("by track", figures.by_track), ("by second", figures.by_second)):
            if agreement is not None:
                scope = f"{weight}, {group.replace('_', ' ')}"
                yield Measure(f"B-cubed F {scope}", agreement.b_cubed.f, settings.b_cubed_tolerance)
                if figures.people_true:
                    people = agreement.people_found / figures.people_true
                    yield Measure(f"people found over people true {scope}", people, settings.people_tolerance)
                yield Measure(
                    f"clicks {scope}", agreement.clicks.total, settings.clicks_tolerance, lower_is_better=True
                )
    yield from _measures_over_time(evaluation, settings)
    if evaluation.coverage is not None:
        yield from _measures_of_coverage(evaluation.coverage, settings)


def _measures_over_time(evaluation: IdentityEvaluation, settings: EvaluationSettings) -> Iterator[Measure]:
    shots, screen_time = evaluation.shots, evaluation.screen_time
    for group, shot_figures in _groups(shots.all_people, shots.without_background) if shots else ():
        for weight, pairs in (("by shot", shot_figures.by_shot), ("by second", shot_figures.by_second)):
            if pairs is not None:
                yield Measure(f"who is in which shot, F {weight}, {group}", pairs.f, settings.shot_f_tolerance)
    for group, time in _groups(screen_time.all_people, screen_time.without_background) if screen_time else ():
        if time.by_second is not None:
            yield Measure(f"who is on screen, F by second, {group}", time.by_second.f, settings.shot_f_tolerance)


def _measures_of_coverage(coverage: Coverage, settings: EvaluationSettings) -> Iterator[Measure]:
    for group, figures in _groups(coverage.all_people, coverage.without_background):
        if figures.people:
            missed = figures.missed_seconds / figures.seconds
            never = figures.people_never_caught / figures.people
            yield Measure(f"share of seconds that no track caught, {group}", missed, settings.missed_tolerance, True)
            yield Measure(f"share of people never caught, {group}", never, settings.people_tolerance, True)
    # Each of these tracks costs at most one click.
    yield Measure("tracks on no face", coverage.not_face_tracks, settings.clicks_tolerance, lower_is_better=True)


def _groups(all_people: T, without_background: T) -> tuple[tuple[str, T], tuple[str, T]]:
    return ("all people", all_people), ("without background", without_background)
