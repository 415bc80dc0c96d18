"""Thresholds of the clustering: the value of the setting, or that of the model pack if the setting is null."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


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

    @property
    def offer_sim(self) -> float:
        """Cosine similarity that an unusable track needs to be adopted: more than the weakest usable track needs."""
        return self.assign_sim + self.assign_margin

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
    )
