"""Settings of every stage: one typed model a stage, each field with its unit, range and default.

Where their values come from, and which source wins, is in `settings_sources`.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from screenalytics_assets.clustering.linkage import Linkage
from screenalytics_assets.clustering.pooling_method import PoolingMethod

Similarity = float
Algorithm = Literal["agglomerative", "dbscan", "hdbscan"]


class StageSettings(BaseModel):
    """Base of the stage models: which YAML file and section hold the stage's values."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    yaml_file: ClassVar[str]
    yaml_section: ClassVar[str | None] = None
    env_names: ClassVar[Mapping[str, str]] = {}
    """Environment names that differ from `SCREENALYTICS_<FIELD>`."""
    shapes_result: ClassVar[bool] = True
    """Whether another value gives another result, so that what was made with the old one is out of date."""

    @classmethod
    def title(cls) -> str:
        """Name of the stage, as people say it."""
        words = re.sub("(?<!^)([A-Z])", r" \1", cls.__name__.removesuffix("Settings"))
        return words.lower()

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment variable of a field."""
        return cls.env_names.get(name, f"SCREENALYTICS_{name.upper()}")


class InferenceSettings(StageSettings):
    """What the models run on."""

    yaml_file = "inference.yaml"
    shapes_result = False

    device: str = Field(
        "auto", description="auto, cpu, cuda or cuda:N. auto may fall back to the CPU and says so; a name never does."
    )
    threads: int = Field(0, ge=0, le=1024, description="Threads of one model; 0: one a core.")


class DetectionSettings(StageSettings):
    """Which frames are looked at, and with what."""

    yaml_file = "detection.yaml"

    pack: str = Field("opencv_zoo", pattern=r"^[a-z0-9_]+$", description="Model pack: detector and recogniser.")
    stride: int = Field(3, ge=1, le=250, description="Every n-th frame is looked at.")
    analysis_fps_max: float | None = Field(
        15.0, gt=0, description="Upper bound of frames looked at a second; the stride grows to keep it. null: none."
    )
    detector_input: int | None = Field(
        None, ge=64, le=4096, multiple_of=32, description="Longest side of the detector's input, px. null: the pack's."
    )
    min_face_px: float = Field(16.0, ge=1, description="Detections whose shorter side is below this are dropped, px.")


class TrackingSettings(StageSettings):
    """How detections become tracks, and which crops of a track are kept."""

    yaml_file = "tracking.yaml"
    env_names = {
        "track_thresh": "SCREENALYTICS_TRACK_HIGH_THRESH",
        "new_track_thresh": "SCREENALYTICS_NEW_TRACK_THRESH",
        "gate_hard": "TRACK_GATE_APPEAR_HARD",
        "gate_soft": "TRACK_GATE_APPEAR_SOFT",
        "gate_streak": "TRACK_GATE_APPEAR_STREAK",
        "gate_min_iou": "TRACK_GATE_IOU",
        "gate_momentum": "TRACK_GATE_PROTO_MOMENTUM",
        "gate_every_s": "TRACK_GATE_EMB_EVERY",
    }

    adaptive_threshold: float = Field(3.0, gt=0, description="AdaptiveDetector: score over its neighbours' mean.")
    content_threshold: float = Field(27.0, gt=0, description="ContentDetector: score of a cut.")
    track_thresh: float = Field(0.6, ge=0, le=1, description="Detections at or above it are associated first.")
    new_track_thresh: float = Field(0.65, ge=0, le=1, description="Score that a detection needs to start a track.")
    match_min_iou: float = Field(
        0.1, ge=0, le=1, description="Overlap below which a detection cannot continue a track."
    )
    lost_buffer_s: float = Field(1.0, gt=0, description="A track unseen for longer ends, s.")
    max_gap_s: float = Field(0.5, gt=0, description="A return after a longer gap counts as an id switch, s.")
    gate_enabled: bool = Field(True, description="Split tracks whose appearance changes.")
    gate_hard: Similarity | None = Field(None, ge=-1, le=1, description="Below it: split at once. null: the pack's.")
    gate_soft: Similarity | None = Field(
        None, ge=-1, le=1, description="Below it `gate_streak` times running: split. null: the pack's."
    )
    gate_streak: int = Field(2, ge=1, description="Doubtful samples in a row that split a track.")
    gate_min_iou: float = Field(
        0.05, ge=0, le=1, description="Overlap with the box before, below which a track is split."
    )
    gate_momentum: float = Field(0.85, ge=0, lt=1, description="Share of the old prototype in the new one.")
    gate_every_s: float = Field(1.0, gt=0, description="Time between two samples that the gate embeds, s.")
    max_crops_per_track: int = Field(
        12, ge=1, le=200, description="Crops kept of a track, best first and spread over time."
    )
    crop_margin: float = Field(0.4, ge=0.2, le=2, description="Margin around the face box, share of its longer side.")
    crop_max_px: int = Field(320, ge=112, le=2048, description="Longest side of a stored crop, px.")
    jpeg_quality: int = Field(92, ge=50, le=100, description="JPEG quality of stored crops.")
    box_every_s: float = Field(0.5, ge=0, description="Time between two boxes kept in a track's row, s.")


class FacesSettings(StageSettings):
    """Which crops become faces with an embedding."""

    yaml_file = "faces_embed_sampling.yaml"
    env_names = {"min_confidence": "FACES_MIN_CONF", "min_std": "FACES_MIN_STD"}

    max_faces_per_track: int = Field(8, ge=1, le=200, description="Faces embedded of a track.")
    min_confidence: float = Field(0.6, ge=0, le=1, description="Detection score below which a face is rejected.")
    min_std: float = Field(8.0, ge=0, description="Grey standard deviation below which a face is rejected, levels.")
    min_box_px: float = Field(20.0, ge=1, description="Shorter side of the box below which a face is rejected, px.")
    min_quality: float = Field(0.0, ge=0, le=1, description="Quality score below which a face is rejected. 0: none is.")
    batch_size: int = Field(16, ge=1, le=1024, description="Crops embedded in one call.")


class CleanupSettings(StageSettings):
    """How much stricter cleanup judges the stored crops than the run that made them."""

    yaml_file = "faces_embed_sampling.yaml"
    yaml_section = "cleanup"

    cleanup_min_quality: float = Field(
        0.35, ge=0, le=1, description="Quality score below which cleanup rejects a face, if above `min_quality`."
    )
    cleanup_min_norm: float | None = Field(
        None, ge=0, description="Length of the raw embedding below which cleanup rejects a face. null: the pack's."
    )


class TrackEmbeddingsSettings(StageSettings):
    """How a track's faces become one embedding."""

    yaml_file = "track_embeddings.yaml"

    pooling_method: PoolingMethod = Field("norm_weighted", description="How the faces of a track are averaged.")


class ClusteringSettings(StageSettings):
    """How tracks become identities."""

    yaml_file = "clustering.yaml"
    env_names = {"cluster_thresh": "SCREENALYTICS_CLUSTER_SIM"}

    algorithm: Algorithm = Field(
        "agglomerative", description="agglomerative, or scikit-learn's dbscan or hdbscan (which has no threshold)."
    )
    linkage: Linkage = Field("average", description="Linkage of the agglomerative clustering.")
    cluster_thresh: Similarity | None = Field(
        None, ge=-1, le=1, description="Clusters merge at or above this similarity. null: the pack's."
    )
    cluster_thresh_shift: float = Field(
        0.0, ge=-0.5, le=0.5, description="Added to the pack's own cluster_thresh; a number there stays as it is."
    )
    dbscan_min_samples: int = Field(2, ge=1, description="Neighbours that dbscan's core tracks have, tracks.")
    cannot_link: bool = Field(True, description="Tracks that share a frame never end in one identity.")
    min_cluster_size: int = Field(2, ge=1, description="Smaller clusters fall apart into singletons, tracks.")
    min_identity_sim: Similarity | None = Field(
        None, ge=-1, le=1, description="A track below it to the rest of its identity leaves it. null: the pack's."
    )
    adopt_max_tracks: int = Field(
        8, ge=0, description="Clusters up to this size may join a larger one that they resemble most, tracks. 0: none."
    )
    assign_sim: Similarity | None = Field(
        None, ge=-1, le=1, description="Similarity to a centroid that the poorest usable tracks need. null: the pack's."
    )
    assign_sim_clear: Similarity | None = Field(
        None, ge=-1, le=1, description="Similarity to a centroid that clearly seen tracks need. null: the pack's."
    )
    assign_margin: float | None = Field(
        None, ge=0, le=2, description="Lead over the second best centroid that joining needs. null: the pack's."
    )
    unusable_norm: float | None = Field(
        None, ge=0, description="Tracks whose longest raw embedding is shorter are set aside. null: the pack's."
    )
    outlier_mode: Literal["singleton", "noise"] = Field(
        "singleton", description="`cluster_id` of a singleton: null (singleton) or -1 (noise)."
    )
    low_cohesion: Similarity = Field(0.60, ge=-1, le=1, description="Cohesion below which an identity is flagged.")


class SeasonSettings(StageSettings):
    """How the tracks of a whole show become identities, beside the settings of the clustering."""

    yaml_file = "season.yaml"

    incremental: bool = Field(
        False, description="Let new episodes join the last result, which stays, instead of clustering all anew."
    )


class GuardrailSettings(StageSettings):
    """Targets and limits of the checks: beyond a target they warn, beyond a limit they fail."""

    yaml_file = "clustering.yaml"
    yaml_section = "guardrails"

    guardrail_min_tracks: int = Field(20, ge=0, description="With fewer tracks no guardrail goes beyond a warning.")
    singleton_fraction_target: float = Field(0.30, ge=0, le=1, description="Tracks in singletons over tracks.")
    singleton_fraction_limit: float = Field(0.50, ge=0, le=1, description="Beyond it the check blocks.")
    largest_cluster_fraction_target: float = Field(
        0.40, ge=0, le=1, description="Tracks of the largest identity over tracks."
    )
    largest_cluster_fraction_limit: float = Field(0.60, ge=0, le=1, description="Beyond it the check blocks.")
    num_clusters_min: int = Field(5, ge=0, description="Fewer clusters warn.")
    num_clusters_target: int = Field(15, ge=1, description="More clusters warn.")
    num_clusters_limit: int = Field(30, ge=1, description="More clusters warn with more urgency; never blocks.")
    avg_cluster_size_min: float = Field(2.0, ge=0, description="Fewer tracks an identity warn.")
    avg_cluster_size_target: float = Field(5.0, ge=0, description="More tracks an identity warn.")
    avg_cluster_size_limit: float = Field(10.0, ge=0, description="More warn with more urgency; never blocks.")
    tracks_per_minute_target: float = Field(30.0, ge=0, description="More tracks a minute warn.")
    tracks_per_minute_limit: float = Field(50.0, ge=0, description="More warn with more urgency; never blocks.")
    short_track_fraction_target: float = Field(0.20, ge=0, le=1, description="Tracks under 1.0 s over tracks.")
    short_track_fraction_limit: float = Field(0.30, ge=0, le=1, description="Beyond it: urgent; never blocks.")
    id_switch_rate_target: float = Field(0.05, ge=0, description="Splits and late returns over tracks.")
    id_switch_rate_limit: float = Field(0.10, ge=0, description="Beyond it: urgent; never blocks.")
    low_confidence_reps_target: float = Field(
        0.25, ge=0, le=1, description="Low-confidence representatives over tracks."
    )
    low_confidence_reps_limit: float = Field(0.50, ge=0, le=1, description="Beyond it: urgent; never blocks.")

    cast_review_fraction_target: float = Field(
        0.50, ge=0, le=1, description="Identities that wait for a person to say who they are, over identities."
    )
    cast_review_fraction_limit: float = Field(0.80, ge=0, le=1, description="Beyond it: urgent; never blocks.")

    @model_validator(mode="after")
    def _targets_come_before_limits(self) -> Self:
        for name in type(self).model_fields:
            if name.endswith("_target"):
                limit = getattr(self, name.replace("_target", "_limit"))
                if getattr(self, name) > limit:
                    raise ValueError(f"{name} {getattr(self, name)} lies beyond its limit {limit}")
        return self


class TrackRepsSettings(StageSettings):
    """Which face stands for a track, and what its thumbnail looks like."""

    yaml_file = "track_reps.yaml"
    env_names = {
        "rep_det_min": "REP_DET_MIN",
        "rep_std_min": "REP_STD_MIN",
        "rep_min_sim_to_centroid": "REP_MIN_SIM_TO_CENTROID",
    }

    rep_det_min: float = Field(0.60, ge=0, le=1, description="Detection score that a representative needs.")
    rep_std_min: float = Field(1.0, ge=0, description="Grey standard deviation that a representative needs, levels.")
    rep_min_sim_to_centroid: Similarity = Field(0.50, ge=-1, le=1, description="Similarity to its track that it needs.")
    thumb_px: int = Field(256, ge=32, le=1024, description="Side of a thumbnail, px.")


class EvaluationSettings(StageSettings):
    """How much worse than the accepted evaluation an evaluation may be."""

    yaml_file = "evaluation.yaml"

    b_cubed_tolerance: float = Field(0.01, ge=0, le=1, description="Fall of a B-cubed F beyond which the check fails.")
    shot_f_tolerance: float = Field(
        0.01, ge=0, le=1, description="Fall of an F over pairs of shot and person beyond which the check fails."
    )
    people_tolerance: float = Field(
        0.0, ge=0, le=1, description="Fall of people found over people true beyond which the check fails."
    )
    clicks_tolerance: int = Field(2, ge=0, description="More clicks than accepted beyond which the check fails.")


class BackfillSettings(StageSettings):
    """What the nightly backfill, and `screenalytics backfill`, make."""

    yaml_file = "backfill.yaml"
    shapes_result = False

    backfill_cron: str = Field(
        "0 2 * * *", pattern=r"^\S+( +\S+){4}$", description="When the backfill runs: a cron line, in UTC."
    )
    backfill_most: int = Field(20, ge=1, le=10_000, description="Episodes at a time.")
    backfill_failures: int = Field(
        3, ge=1, description="Failures with the same video, settings and code after which an episode is left out."
    )
    backfill_stale: bool = Field(True, description="Also what is there and out of date, not only what is missing.")
    backfill_order: Literal["newest", "oldest", "name"] = Field("newest", description="Which episodes come first.")
    backfill_first: str = Field("", description="Episodes that come before all others, with blanks between.")


ALL_STAGES: tuple[type[StageSettings], ...] = (
    InferenceSettings,
    DetectionSettings,
    TrackingSettings,
    FacesSettings,
    CleanupSettings,
    TrackEmbeddingsSettings,
    ClusteringSettings,
    GuardrailSettings,
    TrackRepsSettings,
    EvaluationSettings,
    SeasonSettings,
    BackfillSettings,
)
