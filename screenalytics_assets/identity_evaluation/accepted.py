"""The accepted evaluation of an episode, `manifests/{ep_id}/accepted_evaluation.json`, and what fell behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from screenalytics_assets.contract.evaluation_records import AcceptedEvaluation, IdentityEvaluation
from screenalytics_assets.settings.stages import EvaluationSettings
from screenalytics_resources.artifact_store import ArtifactStore, write_atomic
from screenalytics_resources.errors import UserError

FILE = "accepted_evaluation.json"
ROUNDING = 1e-9
"""Two differences of the same decimals may differ by this much in binary."""


@dataclass(frozen=True)
class Measure:
    """A figure that may get worse by `tolerance`."""

    name: str
    value: float
    tolerance: float
    lower_is_better: bool = False

    def is_worse_than(self, other: "Measure") -> bool:
        loss = self.value - other.value if self.lower_is_better else other.value - self.value
        return loss > self.tolerance + ROUNDING


def accept(store: ArtifactStore, evaluation: IdentityEvaluation, identities_digest: str, now: datetime) -> None:
    """Make `evaluation` what later ones of its episode are held against; raises `UserError` for one without truth."""
    if evaluation.truth is None:
        raise UserError(
            f"Episode {evaluation.ep_id} has no truth file, so there is nothing to accept: "
            f"give one with `screenalytics run --ep-id {evaluation.ep_id} --truth FILE`."
        )
    accepted = AcceptedEvaluation(evaluation=evaluation, identities_digest=identities_digest, accepted_at=now)
    write_atomic(store.manifest(evaluation.ep_id, FILE), accepted.model_dump_json(indent=1).encode() + b"\n")


def load_accepted(store: ArtifactStore, ep_id: str) -> AcceptedEvaluation | None:
    """The accepted evaluation, None where there is none; raises `UserError` for a damaged one."""
    path = store.manifest(ep_id, FILE)
    if not path.exists():
        return None
    try:
        return AcceptedEvaluation.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its start"
        raise UserError(
            f"{store.relative(path)} cannot be used (at {where}: {first['msg']}): accept an evaluation again with "
            f"`screenalytics evaluate --ep-id {ep_id} --accept`."
        ) from None


def worsened(now: IdentityEvaluation, accepted: IdentityEvaluation, settings: EvaluationSettings) -> list[str]:
    """What is worse than accepted by more than its tolerance, a sentence each."""
    current = {measure.name: measure for measure in measures(now, settings)}
    sentences = []
    for then in measures(accepted, settings):
        found = current.get(then.name)
        if found is None:
            sentences.append(f"{then.name} was {then.value:.6g} and has no value any more")
        elif found.is_worse_than(then):
            sentences.append(
                f"{then.name} went from {then.value:.6g} to {found.value:.6g}, beyond the tolerance {then.tolerance:g}"
            )
    return sentences


def measures(evaluation: IdentityEvaluation, settings: EvaluationSettings) -> Iterator[Measure]:
    """The figures that later evaluations are held against; those that are null are left out."""
    for group, figures in evaluation.clustering or ():
        for weight, found in (("by track", figures.by_track), ("by second", figures.by_second)):
            if found is not None:
                where = f"{weight}, {group.replace('_', ' ')}"
                people = found.people_found / figures.people_true
                yield Measure(f"B-cubed F {where}", found.b_cubed.f, settings.b_cubed_tolerance)
                yield Measure(f"people found over people true {where}", people, settings.people_tolerance)
                yield Measure(f"clicks {where}", found.clicks.total, settings.clicks_tolerance, lower_is_better=True)
    shots = evaluation.shots
    groups = {"all people": shots.all_people, "without background": shots.without_background} if shots else {}
    for group, of_shots in groups.items():
        for weight, pairs in (("by shot", of_shots.by_shot), ("by second", of_shots.by_second)):
            if pairs is not None:
                yield Measure(f"who is in which shot, F {weight}, {group}", pairs.f, settings.shot_f_tolerance)
