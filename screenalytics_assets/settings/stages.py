"""Settings of every stage: one typed model per stage, each field with its unit, range and default.

`settings.sources` determines where values come from and which source takes precedence.
"""

import re
from collections.abc import Mapping
from typing import ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from screenalytics_assets.clustering.linkage import Linkage
from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_resources.inference.openvino_session import Precision

Similarity = float
Algorithm = Literal["agglomerative", "dbscan", "hdbscan"]


class StageSettings(BaseModel):
    """Base of the stage models. Names the YAML file and section that hold the stage's values."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    yaml_file: ClassVar[str]
    yaml_section: ClassVar[str | None] = None
    env_names: ClassVar[Mapping[str, str]] = {}
    """Environment variables whose name differs from `SCREENALYTICS_<FIELD>`."""
    shapes_result: ClassVar[bool] = True
    """Whether a change of value can change results and therefore makes existing artifacts stale."""
    shaping_unless: ClassVar[Mapping[str, object]] = {}
    """Where `shapes_result` is false: settings that do change results unless they have this value."""
    per_episode: ClassVar[bool] = True
    """Whether an episode can have values of its own, which are kept with it."""

    @field_validator("*", mode="before")
    @classmethod
    def _only_switches_are_true_or_false(cls, value: object, info: ValidationInfo) -> object:
        """Pydantic reads true as 1."""
        annotation = cls.model_fields[str(info.field_name)].annotation
        if isinstance(value, bool) and bool not in (annotation, *get_args(annotation)):
            raise ValueError(f"{str(value).lower()} is only a value of a switch, and this is none")
        return value

    def shaping_json(self) -> str | None:
        """Return the values that can change results as JSON, or None if there are none."""
        if self.shapes_result:
            return self.model_dump_json()
        shaping = {name for name, neutral in self.shaping_unless.items() if getattr(self, name) != neutral}
        return self.model_dump_json(include=shaping) if shaping else None

    @classmethod
    def title(cls) -> str:
        """Return the name of the stage in words, such as `track embeddings`."""
        words = re.sub("(?<!^)([A-Z])", r" \1", cls.__name__.removesuffix("Settings"))
        return words.lower()

    @classmethod
    def variable(cls, name: str) -> str:
        """Return the environment variable of a field."""
        return cls.env_names.get(name, f"SCREENALYTICS_{name.upper()}")


class InferenceSettings(StageSettings):
    """Device and threads of the models, and the recogniser's precision."""

    yaml_file = "inference.yaml"
    shapes_result = False
    shaping_unless = {"precision": "f32"}  # the precision of all artifacts that are older than this setting
    per_episode = False  # device and threads belong to the machine

    device: str = Field(
        "auto",
        description="auto, cpu, cuda or cuda:N. auto may fall back to the CPU, and reports it; the others never do.",
    )
    threads: int = Field(0, ge=0, le=1024, description="Threads per model. 0: one per core.")
    precision: Precision = Field(
        "f32",
        description="Precision of the recogniser: f32, or bf16: less accurate, but faster on CPUs that have it. "
        "Other devices use f32 and report it.",
    )


class DetectionSettings(StageSettings):
    """Which frames are analysed, and with which models."""

    yaml_file = "detection.yaml"

    pack: str = Field(
        "opencv_zoo", pattern=r"^[a-z0-9_]+$", description="Model pack, which provides detector and recogniser."
    )
    stride: int = Field(
        3, ge=1, le=250, description="Analyse every n-th frame; below 24 frames per second proportionally more of them."
    )
    analysis_fps_max: float | None = Field(
        15.0, gt=0, description="Maximum frames analysed per second; raises the stride if needed. null: no maximum."
    )
    detector_input: int | None = Field(
        None,
        ge=64,
        le=4096,
        multiple_of=32,
        description="Longest side of the detector input, px. null: use the pack's value.",
    )
    min_face_px: float = Field(12.0, ge=1, description="Drop detections whose shorter side is below this, px.")
    turned_faces: bool = Field(
        False, description="Also look for faces of people lying down, in every tenth picture, turned by 90 degrees."
    )


class TrackingSettings(StageSettings):
    """How detections become tracks, and which crops of a track are stored."""

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

    adaptive_threshold: float = Field(
        3.0, gt=0, description="PySceneDetect AdaptiveDetector: minimum ratio of a cut's score to its neighbours' mean."
    )
    content_threshold: float = Field(27.0, gt=0, description="PySceneDetect ContentDetector: minimum score of a cut.")
    track_thresh: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Associate detections with at least this score first. null: use the pack's value.",
    )
    new_track_thresh: float | None = Field(
        None, ge=0, le=1, description="Minimum detection score to start a track. null: use the pack's value."
    )
    min_mean_score: float | None = Field(
        None,
        ge=0,
        le=1,
        description="Drop brief tracks with a lower mean detection score: they show no face. 0: drop none. "
        "null: use the pack's value.",
    )
    non_face_max_s: float = Field(
        0.5, ge=0, description="Tracks of at least this length are never dropped as showing no face, s."
    )
    match_min_iou: float = Field(0.1, ge=0, le=1, description="Minimum IoU for a detection to continue a track.")
    lost_buffer_s: float = Field(1.0, gt=0, description="End a track that is unseen for longer than this, s.")
    max_gap_s: float = Field(0.5, gt=0, description="Count a return after a longer gap as an id switch, s.")
    gate_enabled: bool = Field(True, description="Split tracks whose appearance changes.")
    gate_hard: Similarity | None = Field(
        None, ge=-1, le=1, description="Split a track at once below this similarity. null: use the pack's value."
    )
    gate_soft: Similarity | None = Field(
        None,
        ge=-1,
        le=1,
        description="Split a track after `gate_streak` samples in a row below this. null: use the pack's value.",
    )
    gate_streak: int = Field(2, ge=1, description="Number of samples in a row below `gate_soft` that split a track.")
    gate_min_iou: float = Field(
        0.05, ge=0, le=1, description="Split a track whose IoU with its previous box is below this."
    )
    gate_momentum: float = Field(
        0.85, ge=0, lt=1, description="Weight of the old prototype when it is updated with a sample."
    )
    gate_every_s: float = Field(1.0, gt=0, description="Time between two samples that the gate embeds, s.")
    max_crops_per_track: int = Field(
        12, ge=1, le=200, description="Maximum crops stored per track, best first and spread over time."
    )
    crop_margin: float = Field(
        0.4, ge=0.2, le=2, description="Margin around the face box, as a share of its longer side."
    )
    crop_max_px: int = Field(320, ge=112, le=2048, description="Longest side of a stored crop, px.")
    jpeg_quality: int = Field(92, ge=50, le=100, description="JPEG quality of stored crops.")
    box_every_s: float = Field(0.5, ge=0, description="Minimum time between two boxes stored per track, s.")


class FacesSettings(StageSettings):
    """Which crops become faces with an embedding."""

    yaml_file = "faces_embed_sampling.yaml"
    env_names = {"min_confidence": "FACES_MIN_CONF", "min_std": "FACES_MIN_STD"}

    max_faces_per_track: int = Field(8, ge=1, le=200, description="Maximum faces embedded per track.")
    min_confidence: float | None = Field(
        None, ge=0, le=1, description="Reject faces with a lower detection score. null: use the pack's value."
    )
    min_std: float = Field(
        8.0, ge=0, description="Reject faces with a lower standard deviation of grey levels (0 to 255)."
    )
    min_box_px: float | None = Field(
        None,
        ge=1,
        description="Reject faces whose box has a shorter side below this, px. null: use the pack's value.",
    )
    min_quality: float = Field(0.0, ge=0, le=1, description="Reject faces with a lower quality score. 0: reject none.")
    batch_size: int = Field(16, ge=1, le=1024, description="Crops per batch when embedding.")


class CleanupSettings(StageSettings):
    """Stricter limits that cleanup applies to the stored crops."""

    yaml_file = "faces_embed_sampling.yaml"
    yaml_section = "cleanup"

    cleanup_min_quality: float = Field(
        0.35, ge=0, le=1, description="Faces with a lower quality score are weak. Cleanup may reject weak faces."
    )
    cleanup_min_norm: float | None = Field(
        None, ge=0, description="Faces with a lower embedding norm are weak. null: use the pack's value."
    )
    cleanup_min_faces: int = Field(
        7, ge=1, description="Cleanup rejects weak faces only in tracks that keep at least this many other faces."
    )


class TrackEmbeddingsSettings(StageSettings):
    """How the faces of a track become one embedding."""

    yaml_file = "track_embeddings.yaml"

    pooling_method: PoolingMethod = Field(
        "norm_weighted", description="How the embeddings of a track's faces are combined."
    )


class ClusteringSettings(StageSettings):
    """How tracks become identities."""

    yaml_file = "clustering.yaml"
    env_names = {"cluster_thresh": "SCREENALYTICS_CLUSTER_SIM"}

    algorithm: Algorithm = Field(
        "agglomerative", description="agglomerative, or scikit-learn's dbscan or hdbscan. hdbscan has no threshold."
    )
    linkage: Linkage = Field("average", description="Linkage of agglomerative clustering.")
    cluster_thresh: Similarity | None = Field(
        None, ge=-1, le=1, description="Minimum similarity at which two clusters merge. null: use the pack's value."
    )
    cluster_thresh_shift: float = Field(
        0.0, ge=-0.5, le=0.5, description="Added to the pack's `cluster_thresh`. Ignored if `cluster_thresh` is set."
    )
    dbscan_min_samples: int = Field(
        2, ge=1, description="min_samples of dbscan: tracks in the neighbourhood of a core track."
    )
    cannot_link: bool = Field(True, description="Never put tracks that share a frame into one identity.")
    min_cluster_size: int = Field(2, ge=1, description="Split clusters with fewer tracks into singletons.")
    min_identity_sim: Similarity | None = Field(
        None,
        ge=-1,
        le=1,
        description="Remove tracks less similar than this to the rest of their identity. null: use the pack's value.",
    )
    adopt_max_tracks: int = Field(
        8, ge=0, description="Clusters of up to this many tracks may join their most similar larger cluster. 0: none."
    )
    assign_sim: Similarity | None = Field(
        None,
        ge=-1,
        le=1,
        description="Minimum similarity for the poorest usable tracks to join a centroid. null: use the pack's value.",
    )
    assign_sim_clear: Similarity | None = Field(
        None,
        ge=-1,
        le=1,
        description="Minimum similarity for clearly seen tracks to join a centroid. null: use the pack's value.",
    )
    assign_margin: float | None = Field(
        None, ge=0, le=2, description="Minimum lead over the second best centroid. null: use the pack's value."
    )
    merge_probability: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Minimum probability, by face and clothes, for small clusters and groups of weak tracks to merge.",
    )
    join_probability: float = Field(
        0.4, ge=0, le=1, description="Minimum probability, by face and clothes, for a track with a weak face to join."
    )
    weak_track_min_s: float = Field(
        2.0,
        ge=0,
        description="Tracks with a weak face that join none become identities of their own from this length, s.",
    )
    certain_probability: float = Field(
        0.9, ge=0, le=1, description="Memberships with a lower confidence are uncertain, and so are weak faces."
    )
    unusable_norm: float | None = Field(
        None, ge=0, description="Tracks whose best face has a lower norm are unusable. null: use the pack's value."
    )
    outlier_mode: Literal["singleton", "noise"] = Field(
        "singleton", description="`cluster_id` of a singleton: null (singleton) or -1 (noise)."
    )
    low_cohesion: Similarity = Field(0.60, ge=-1, le=1, description="Flag identities with a lower cohesion.")


class SuggestionSettings(StageSettings):
    """Which questions about identities are worth asking."""

    yaml_file = "suggestions.yaml"

    suggestions_max: int = Field(200, ge=0, description="Ask at most this many questions per episode.")
    suggestion_probability: float = Field(
        0.3, ge=0, le=1, description="Ask only what is answered with yes with at least this probability."
    )


class SeasonSettings(StageSettings):
    """How the tracks of a show become identities, in addition to the clustering settings."""

    yaml_file = "season.yaml"
    per_episode = False

    incremental: bool = Field(
        False, description="Add new episodes to the previous result instead of clustering all again."
    )


class GuardrailSettings(StageSettings):
    """Targets and limits of the guardrails: they warn beyond a target, and warn urgently or block beyond a limit."""

    yaml_file = "clustering.yaml"
    yaml_section = "guardrails"

    guardrail_min_tracks: int = Field(20, ge=0, description="With fewer tracks, guardrails only warn and never block.")
    singleton_fraction_target: float = Field(
        0.30, ge=0, le=1, description="Warn above this share of tracks in singletons."
    )
    singleton_fraction_limit: float = Field(
        0.50, ge=0, le=1, description="Block above this value, with evidence of an error."
    )
    largest_cluster_fraction_target: float = Field(
        0.40, ge=0, le=1, description="Warn above this share of tracks in the largest identity."
    )
    largest_cluster_fraction_limit: float = Field(
        0.60, ge=0, le=1, description="Block above this value, with evidence of an error."
    )
    num_clusters_min: int = Field(5, ge=0, description="Warn below this many clusters.")
    num_clusters_target: int = Field(15, ge=1, description="Warn above this many clusters.")
    num_clusters_limit: int = Field(30, ge=1, description="Warn urgently above this many clusters. Never blocks.")
    avg_cluster_size_min: float = Field(2.0, ge=0, description="Warn below this many tracks per identity.")
    avg_cluster_size_target: float = Field(5.0, ge=0, description="Warn above this many tracks per identity.")
    avg_cluster_size_limit: float = Field(
        10.0, ge=0, description="Warn urgently above this many tracks per identity. Never blocks."
    )
    tracks_per_minute_target: float = Field(30.0, ge=0, description="Warn above this many tracks per minute.")
    tracks_per_minute_limit: float = Field(
        50.0, ge=0, description="Warn urgently above this many tracks per minute. Never blocks."
    )
    short_track_fraction_target: float = Field(
        0.20, ge=0, le=1, description="Warn above this share of tracks shorter than 1.0 s."
    )
    short_track_fraction_limit: float = Field(
        0.30, ge=0, le=1, description="Warn urgently above this value. Never blocks."
    )
    id_switch_rate_target: float = Field(
        0.05, ge=0, description="Warn above this number of id switches (splits and late returns) per track."
    )
    id_switch_rate_limit: float = Field(0.10, ge=0, description="Warn urgently above this value. Never blocks.")
    low_confidence_reps_target: float = Field(
        0.25, ge=0, le=1, description="Warn above this share of tracks with a low-confidence representative."
    )
    low_confidence_reps_limit: float = Field(
        0.50, ge=0, le=1, description="Warn urgently above this value. Never blocks."
    )

    cast_review_fraction_target: float = Field(
        0.50, ge=0, le=1, description="Warn above this share of identities with the status needs_review."
    )
    cast_review_fraction_limit: float = Field(
        0.80, ge=0, le=1, description="Warn urgently above this value. Never blocks."
    )

    @model_validator(mode="after")
    def _check_targets_against_limits(self) -> Self:
        for name in type(self).model_fields:
            if name.endswith("_target"):
                target, limit_name = getattr(self, name), name.replace("_target", "_limit")
                limit = getattr(self, limit_name)
                if target > limit:
                    raise ValueError(f"{name} = {target} is greater than {limit_name} = {limit}")
        return self


class TrackRepsSettings(StageSettings):
    """Which face represents a track, and the size of its thumbnail."""

    yaml_file = "track_reps.yaml"
    env_names = {
        "rep_det_min": "REP_DET_MIN",
        "rep_std_min": "REP_STD_MIN",
        "rep_min_sim_to_centroid": "REP_MIN_SIM_TO_CENTROID",
    }

    rep_det_min: float = Field(0.60, ge=0, le=1, description="Minimum detection score of a representative.")
    rep_std_min: float = Field(
        1.0, ge=0, description="Minimum standard deviation of grey levels (0 to 255) of a representative."
    )
    rep_min_sim_to_centroid: Similarity = Field(
        0.50, ge=-1, le=1, description="Minimum similarity of a representative to its track."
    )
    thumb_px: int = Field(256, ge=32, le=1024, description="Side length of a thumbnail, px.")


class EvaluationSettings(StageSettings):
    """How much worse than the accepted evaluation an evaluation may be."""

    yaml_file = "evaluation.yaml"

    b_cubed_tolerance: float = Field(
        0.01, ge=0, le=1, description="The check fails if a B-cubed F falls by more than this."
    )
    shot_f_tolerance: float = Field(
        0.01,
        ge=0,
        le=1,
        description="The check fails if an F over (shot, person) pairs, or over seconds, falls by more than this.",
    )
    people_tolerance: float = Field(
        0.0, ge=0, le=1, description="The check fails if the share of people found falls by more than this."
    )
    clicks_tolerance: int = Field(
        2, ge=0, description="The check fails if correcting the identities takes more than this many additional clicks."
    )
    missed_tolerance: float = Field(
        0.01,
        ge=0,
        le=1,
        description="The check fails if the share of labelled seconds that no track caught rises by more than this.",
    )


class BackfillSettings(StageSettings):
    """Which episodes the nightly backfill and `screenalytics backfill` build, and when decisions take effect."""

    yaml_file = "backfill.yaml"
    shapes_result = False
    per_episode = False

    backfill_cron: str = Field(
        "0 2 * * *", pattern=r"^\S+( +\S+){4}$", description="Cron expression of the nightly backfill, in UTC."
    )
    backfill_most: int = Field(20, ge=1, le=10_000, description="Maximum episodes per backfill.")
    backfill_failures: int = Field(
        3, ge=1, description="Skip an episode after this many failures with the same video, settings and code."
    )
    backfill_stale: bool = Field(
        True, description="Also build episodes that are out of date, not only those with missing artifacts."
    )
    backfill_order: Literal["newest", "oldest", "name"] = Field(
        "newest", description="Order of the episodes: newest or oldest video first, or by name."
    )
    backfill_first: str = Field("", description="Episode ids to build before all others, separated by blanks.")
    recluster_quiet_s: float = Field(
        60.0,
        ge=0,
        description="Rebuild the identities of an episode after this many seconds without a new decision.",
    )


ALL_STAGES: tuple[type[StageSettings], ...] = (
    InferenceSettings,
    DetectionSettings,
    TrackingSettings,
    FacesSettings,
    CleanupSettings,
    TrackEmbeddingsSettings,
    ClusteringSettings,
    GuardrailSettings,
    SuggestionSettings,
    TrackRepsSettings,
    EvaluationSettings,
    SeasonSettings,
    BackfillSettings,
)
