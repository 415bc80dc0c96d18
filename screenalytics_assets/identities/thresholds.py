"""Thresholds of the clustering: the value of the setting, or that of the model pack if the setting is null."""

from dataclasses import dataclass, field, fields, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Evidence, Pack


@dataclass(frozen=True)
class Thresholds:
    """Effective thresholds: cosine similarities in [-1, 1], and embedding norms in the units of the model pack."""

    cluster_thresh: float
    min_identity_sim: float
    assign_sim: float
    assign_sim_clear: float
    assign_margin: float
    unusable_norm: float
    clear_norm: float
    evidence: Evidence = field(default_factory=Evidence)
    """What the faces and clothes of the pack's models say about two tracks."""

    def with_value(self, name: str, value: float) -> Self:
        """Return a copy with another value of the threshold `name`."""
        return replace(self, **{name: value})  # type: ignore[arg-type]

    def recorded(self) -> dict[str, float]:
        """Return the thresholds by name, as documents record them. The hash of the pack covers its evidence."""
        return {item.name: getattr(self, item.name) for item in fields(self) if item.name != "evidence"}

    def share(self, norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the share (n,) of a threshold that tracks with these best norms (n,) have to reach, in (0, 1].

        A poor face never comes as close to its own person as a clear one. Below `unusable_norm` the share falls on
        towards 0, at the same rate, but not below a third of `weak_share`.
        """
        evidence = self.evidence
        if evidence.full_norm is None or evidence.full_norm <= self.unusable_norm:
            return np.ones(len(norms))
        slope = (1 - evidence.weak_share) / (evidence.full_norm - self.unusable_norm)
        share = evidence.weak_share + slope * (norms - self.unusable_norm)
        return np.clip(share, evidence.weak_share / 3, 1.0)

    def doubt(self, norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how little faces with these norms (n,) say, in [0, 1]: 1 if unusable, and 0 from `full_norm` on."""
        evidence = self.evidence
        if evidence.full_norm is None or evidence.full_norm <= self.unusable_norm:
            return np.ones(len(norms))
        return np.asarray(np.clip((evidence.full_norm - norms) / (evidence.full_norm - self.unusable_norm), 0.0, 1.0))

    def needed(self, norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the cosine similarity (n,) to a centroid that tracks with these best norms (n,) need to be adopted.

        A clear face is close to the centroid of the same person, so a clear face with a medium similarity shows another
        person. A poor face never reaches a high similarity, so it needs less. The value is linear in between.
        """
        return np.interp(norms, [self.unusable_norm, self.clear_norm], [self.assign_sim, self.assign_sim_clear])


def thresholds(settings: ClusteringSettings, pack: Pack) -> Thresholds:
    """Return the thresholds that the clustering will use."""
    defaults = pack.thresholds

    def effective(name: str) -> float:
        value = getattr(settings, name)
        return float(getattr(defaults, name) if value is None else value)

    return Thresholds(
        cluster_thresh=round(defaults.cluster_thresh + settings.cluster_thresh_shift, 6)
        if settings.cluster_thresh is None
        else settings.cluster_thresh,
        min_identity_sim=effective("min_identity_sim"),
        assign_sim=effective("assign_sim"),
        assign_sim_clear=effective("assign_sim_clear"),
        assign_margin=effective("assign_margin"),
        unusable_norm=pack.norms.unusable if settings.unusable_norm is None else settings.unusable_norm,
        clear_norm=pack.norms.clear,
        evidence=pack.evidence,
    )
