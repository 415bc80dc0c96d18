"""The numbers that the clustering works with: the settings' own, or the model pack's where a setting is null."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Pack


@dataclass(frozen=True)
class Thresholds:
    """Effective values: cosine similarities in [-1, 1], and embedding norms in the pack's own units."""

    cluster_thresh: float
    min_identity_sim: float
    assign_sim: float
    assign_sim_clear: float
    assign_margin: float
    unusable_norm: float
    clear_norm: float

    @property
    def offer_sim(self) -> float:
        """What a track that was set aside needs: more than the weakest usable one does."""
        return self.assign_sim + self.assign_margin

    def needed(self, norms: NDArray[np.float64]) -> NDArray[np.float64]:
        """Similarity to a centroid that tracks with these best norms (n,) need to be adopted, (n,).

        A clear face is close to its own person's centroid, so one that is merely not far from it shows somebody
        else; of a poor face no more can be asked than it ever reaches. Linear in between.
        """
        return np.interp(norms, [self.unusable_norm, self.clear_norm], [self.assign_sim, self.assign_sim_clear])


def thresholds(settings: ClusteringSettings, pack: Pack) -> Thresholds:
    """What the clustering will really use."""
    own = pack.thresholds

    def chosen(name: str) -> float:
        value = getattr(settings, name)
        return float(getattr(own, name) if value is None else value)

    return Thresholds(
        cluster_thresh=round(own.cluster_thresh + settings.cluster_thresh_shift, 6)
        if settings.cluster_thresh is None
        else settings.cluster_thresh,
        min_identity_sim=chosen("min_identity_sim"),
        assign_sim=chosen("assign_sim"),
        assign_sim_clear=chosen("assign_sim_clear"),
        assign_margin=chosen("assign_margin"),
        unusable_norm=pack.norms.unusable if settings.unusable_norm is None else settings.unusable_norm,
        clear_norm=pack.norms.clear,
    )
