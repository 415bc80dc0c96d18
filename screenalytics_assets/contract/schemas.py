"""Schema of every artifact. `docs/artifacts.md` is generated from this module.

Boxes are `[x1, y1, x2, y2]` in square pixels of the source frame as displayed (upright). Times are seconds from the
start of the video stream. Frames count from 0. Spans are inclusive. Similarities are cosine similarities in [-1, 1].
"""

from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from screenalytics_assets.contract.cast_records import CastAssignments
from screenalytics_assets.contract.cleanup_records import CleanupReport
from screenalytics_assets.contract.evaluation_records import IdentityEvaluation
from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.contract.record_types import (
    Box,
    FaceId,
    Fraction,
    Frame,
    Landmarks,
    NonFaceReason,
    Record,
    RejectionReason,
    Seconds,
    ShotId,
    Similarity,
    SplitReason,
    TrackId,
    added_field,
)
from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime
from screenalytics_assets.contract.season_records import SeasonIdentities
from screenalytics_assets.contract.suggestion_records import MergeSuggestions
from screenalytics_resources.artifact import Document, DocumentSpec, Table, TableSpec

PIPELINE_VERSION = "0.1.0"


class EpisodeVideo(Record):
    """The episode's video file and its container's metadata."""

    ep_id: str
    video_key: str = Field(description="path below the data root")
    sha256: str = Field(description="hash of the file")
    size_bytes: int = Field(ge=0)
    container: str
    codec: str
    width: int = Field(ge=1, description="px, as displayed")
    height: int = Field(ge=1, description="px, as displayed")
    rotation: int = Field(description="degrees; already applied to all boxes")
    fps: float = Field(gt=0, description="average frames per second")
    duration_s: Seconds = Field(description="of the picture, without sound or subtitles that outlast it; 0 if unknown")
    frames_stated: int = Field(ge=0, description="as stated by the container; 0 if not stated")
    stream: int | None = added_field(ge=0, description="index of the video stream in its container")
    stored_width: int | None = added_field(ge=1, description="px, before the pixel shape and the rotation are applied")
    stored_height: int | None = added_field(ge=1, description="px, before the pixel shape and the rotation are applied")
    sample_aspect_ratio: str | None = added_field(
        description="width to height of a stored pixel, such as 64:45; frames are scaled to square pixels"
    )
    mirrored: bool | None = added_field(description="the display matrix mirrors left to right, before the rotation")
    start_offset_s: float | None = added_field(
        description="how much later than the sound the picture starts, in seconds; negative if earlier"
    )
    transfer: Literal["pq", "hlg"] | None = added_field(
        description="high dynamic range that is tone-mapped to BT.709; absent for other videos"
    )
    notes: tuple[str, ...] | None = added_field(description="one sentence per correction of what the file states")
    pixel_format: str | None = added_field(description="layout of the stored pixels, such as yuv420p")
    sound_codec: str | None = added_field(description="codec of the first sound stream; `none` without sound")

    @property
    def player_offset_s(self) -> float:
        """Seconds to add to a time of the artifacts to get that of a player.

        A player's clock starts with the sound or the picture, whichever is earlier; ours starts with the picture.
        """
        return max(0.0, self.start_offset_s or 0.0)


class Shot(Record):
    """Frames between two cuts."""

    shot_id: ShotId
    first_frame: Frame
    last_frame: Frame
    first_ts: Seconds
    last_ts: Seconds


class Shots(Record):
    """`shots.json`."""

    ep_id: str
    detectors: tuple[str, ...] = Field(description="PySceneDetect detectors whose cuts are candidates")
    shots: tuple[Shot, ...]


class TrackBox(Record):
    """One detection of a track."""

    frame: Frame
    ts: Seconds
    bbox: Box
    score: Fraction


class Crop(Record):
    """Stored crop of a track: a candidate for its faces, with a margin for alignment and display."""

    frame: Frame
    ts: Seconds
    bbox: Box
    landmarks: Landmarks = Field(
        description="left eye, right eye, nose, left and right mouth corner, as seen by the viewer; px"
    )
    det_score: Fraction
    crop_std: float = Field(ge=0, description="standard deviation of the grey face box, grey levels (0 to 255)")
    crop_key: str = Field(description="path below frames/{ep_id}/")
    crop_box: Box = Field(description="area of the frame that the crop shows")
    clothing_row: int | None = added_field(
        ge=0, description="row of crops/clothing.npy; absent if the frame shows too little of the torso"
    )


class UncutTrack(Record):
    """What the first part of a track was before a person cut the track. Undoing the cut restores it."""

    last_frame: Frame
    last_ts: Seconds
    frame_count: int = Field(ge=1)
    mean_score: Fraction
    boxes: tuple[TrackBox, ...]
    crops: tuple[Crop, ...]


class Track(Record):
    """One face followed through one shot, or a part of it that a person cut off."""

    track_id: TrackId
    shot_id: ShotId
    first_frame: Frame
    last_frame: Frame
    first_ts: Seconds
    last_ts: Seconds
    frame_count: int = Field(ge=1, description="number of detections, not the span")
    mean_score: Fraction
    boxes: tuple[TrackBox, ...] = Field(description="sampled over time; always includes the first and the last")
    crops: tuple[Crop, ...]
    split_from: TrackId | None = Field(description="id of the first piece of the track that was split")
    split_reason: SplitReason | None = Field(description="reason of the appearance gate, or `person` for a cut by hand")
    deleted: bool = Field(default=False, description="dismissed by a person; the track is in no identity")
    uncut: UncutTrack | None = added_field(description="present only on the first part of a track that a person cut")

    @property
    def duration_s(self) -> float:
        return self.last_ts - self.first_ts


class Splits(Record):
    """Number of track splits by the appearance gate, by reason."""

    hard: int = Field(ge=0)
    streak: int = Field(ge=0)
    iou: int = Field(ge=0)
    total: int = Field(ge=0)


class NonFaceTrack(Record):
    """One track that was dropped because it shows no face, with its detection of the highest score."""

    reason: NonFaceReason
    first_frame: Frame
    last_frame: Frame
    mean_score: Fraction
    frame: Frame
    ts: Seconds
    bbox: Box


class TrackMetrics(Record):
    """`track_metrics.json`: counts, rates and processing details.

    It describes the tracks as tracking and cleanups made them: tracks that people cut or deleted count once, as before.
    """

    ep_id: str
    tracks: int = Field(ge=0)
    detections: int = Field(ge=0)
    shots: int = Field(ge=0)
    tracks_per_minute: float = Field(ge=0)
    short_track_fraction: Fraction = Field(description="share of tracks shorter than 1.0 s")
    id_switch_rate: float = Field(
        ge=0, description="(gate splits during tracking + returns after more than max_gap_s) / tracks"
    )
    returns_after_gap: int = Field(ge=0)
    splits: Splits
    cleanup_splits: int = Field(
        0, ge=0, description="splits made by a cleanup; they are corrections and do not count as id switches"
    )
    non_face_tracks: dict[NonFaceReason, int] | None = added_field(
        "tracks that were dropped because they show no face, by reason; they are in no other count except detections"
    )
    non_face_seconds: Seconds | None = added_field("sum of the durations of these tracks")
    non_faces: tuple[NonFaceTrack, ...] | None = added_field("the fifty longest of these tracks, in order of time")
    frames_decoded: int = Field(ge=0)
    frames_analysed: int = Field(ge=0)
    seconds_analysed: float | None = added_field(
        description="time that the analysed frames represent, each until 0.5 s after it", ge=0
    )
    transition_frames: int = Field(
        ge=0,
        description="frames left out because they may not show one shot: next to a cut, in a dissolve or in a flash",
    )
    corrupt_packets: int = Field(ge=0, description="packets that could not be decoded and were skipped")
    truncated: bool = Field(description="whether the file ended before its stated end")
    clock_jumps: int | None = added_field(
        ge=0, description="places where the timestamps start again and the timeline continues; absent if there are none"
    )
    clock_jumps_at: tuple[Seconds, ...] | None = added_field(description="the first ten of these places")
    duration_s: Seconds = Field(description="length of the decoded video")
    source_fps: float = Field(ge=0, description="measured from the timestamps where the container states another rate")
    analysed_fps: float = Field(ge=0)
    stride: int = Field(
        ge=1, description="frames from one analysed frame to the next at source_fps, after the analysis_fps_max cap"
    )
    model_pack: str
    provider: str = Field(description="ONNX Runtime execution provider of the detector")
    provider_note: str | None = Field(description="how device, runtime or precision differ from the request")
    recogniser_provider: str | None = added_field(
        description="the recogniser's runtime and device: `OpenVINO CPU`, or an execution provider of ONNX Runtime"
    )
    precision: str | None = added_field(description="number format of the recogniser's calculations: f32 or bf16")
    clothing_sha256: str | None = added_field("SHA-256 of crops/clothing.npy as made; absent in earlier releases")
    gate_embeddings: int = Field(ge=0)
    wall_seconds: Seconds
    realtime_factor: float = Field(ge=0, description="seconds of video per second of processing")


class Quality(Record):
    """Components of a face's quality score."""

    det: Fraction
    std: float = Field(ge=0, description="grey levels")
    box_area: float = Field(ge=0, description="px^2")
    score: Fraction = Field(
        description="0.40 det + 0.35 min(std/100, 1) + 0.25 min(box_area/100000, 1); used for ranking, not as a gate"
    )


class Face(Record):
    """One sampled face of a track. A rejected face keeps its row, with the reason."""

    face_id: FaceId
    track_id: TrackId
    frame: Frame
    ts: Seconds
    bbox: Box
    landmarks: Landmarks
    det_score: Fraction
    crop_std: float = Field(ge=0)
    quality: Quality
    embedding_norm: float | None = Field(ge=0, description="norm of the raw embedding; null for rejected faces")
    crop_key: str
    crop_box: Box
    embedding_row: int | None = Field(ge=0, description="row of faces.npy; null for rejected faces")
    rejection_reason: RejectionReason | None
    deleted: bool = Field(default=False, description="its track is deleted")


class TrackEmbedding(Record):
    """Embedding of one track. A track without a usable face has no row in `tracks.npy`."""

    track_id: TrackId
    embedding_row: int | None = Field(ge=0, description="row of tracks.npy; null if no face was accepted")
    num_faces: int = Field(ge=0, description="accepted faces")
    mean_quality: Fraction
    best_norm: float = Field(ge=0, description="largest norm of its faces' raw embeddings: higher means a clearer view")
    time_span_sec: Seconds
    spread: float = Field(ge=0, le=2, description="1 - lowest similarity of a face to the track's embedding")
    pooling_method: str


class TrackRep(Record):
    """Representative face of a track."""

    track_id: TrackId
    rep_frame: Frame
    crop_key: str
    embed: tuple[float, ...] | None = Field(description="unit vector of the representative face; null if it has none")
    quality: Quality
    sim_to_centroid: Similarity | None = Field(
        description="similarity to the track's embedding; null if either is missing"
    )
    low_confidence: bool
    rep_low_quality: bool


class ReviewProxy(Record):
    """Copy of the episode's video for browsers that do not play the original, `frames/{ep_id}/web/proxy.mp4`."""

    ep_id: str
    needed: bool = Field(description="false if browsers play the original; all other fields are null then")
    proxy_key: str | None = Field(description="path below the data root")
    sha256: str | None = Field(description="hash of the file")
    size_bytes: int | None = Field(ge=0)
    width: int | None = Field(ge=2, description="px")
    height: int | None = Field(ge=2, description="px, at most 720")
    duration_s: Seconds | None = Field(description="of the picture")


class CropIndex(Record):
    """`frames/{ep_id}/crops/index.json`: written last, so its presence means that the folder is complete."""

    ep_id: str
    crops: int = Field(ge=0)
    sha256: str = Field(description="hash over the sorted names and hashes of the crops")


class Tracks(Table[Track]):
    """`tracks.jsonl` with its shots, metrics and crops."""

    @property
    def shots(self) -> tuple[Shot, ...]:
        return cast(Shots, self.documents["shots.json"]).shots

    @property
    def metrics(self) -> TrackMetrics:
        return cast(TrackMetrics, self.documents["track_metrics.json"])


class Faces(Table[Face]):
    """`faces.jsonl` with `faces.npy`: row i of the array belongs to the face whose `embedding_row` is i."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        return self.arrays["faces.npy"]


class TrackEmbeddings(Table[TrackEmbedding]):
    """`track_embeddings_meta.jsonl` with `tracks.npy`."""

    @property
    def vectors(self) -> NDArray[np.float32]:
        return self.arrays["tracks.npy"]


class EpisodeVideoDocument(Document[EpisodeVideo]):
    """`video.json` with its provenance."""


class IdentitiesDocument(Document[Identities]):
    """`identities.json` with its provenance."""


class SeasonIdentitiesDocument(Document[SeasonIdentities]):
    """`season_identities.json` with its provenance. Its `ep_id` is the show."""


class TrackReps(Table[TrackRep]):
    """`track_reps.jsonl`."""


class IdentityEvaluationDocument(Document[IdentityEvaluation]):
    """`identity_evaluation.json` with its provenance."""


class CastAssignmentsDocument(Document[CastAssignments]):
    """`cast_assignments.json` with its provenance."""


class MergeSuggestionsDocument(Document[MergeSuggestions]):
    """`merge_suggestions.json` with its provenance."""


class ScreenTimeDocument(Document[ScreenTime]):
    """`screen_time.json` with its provenance."""


class SeasonScreenTimeDocument(Document[SeasonScreenTime]):
    """`season_screen_time.json` with its provenance. Its `ep_id` is the show."""


class CleanupReportDocument(Document[CleanupReport]):
    """`cleanup_report.json` with its provenance."""


class ReviewProxyDocument(Document[ReviewProxy]):
    """`review_proxy.json` with its provenance."""


EPISODE_VIDEO = DocumentSpec("episode_video", "video.json", EpisodeVideo, EpisodeVideoDocument)
TRACKS = TableSpec(
    "tracks",
    "tracks.jsonl",
    Track,
    Tracks,
    documents={"shots.json": Shots, "track_metrics.json": TrackMetrics},
    crops="crops/index.json",
)
FACES = TableSpec("faces", "faces.jsonl", Face, Faces, arrays=("faces.npy",))
TRACK_EMBEDDINGS = TableSpec(
    "track_embeddings", "track_embeddings_meta.jsonl", TrackEmbedding, TrackEmbeddings, arrays=("tracks.npy",)
)
IDENTITIES = DocumentSpec("identities", "identities.json", Identities, IdentitiesDocument)
CAST_ASSIGNMENTS = DocumentSpec("cast_assignments", "cast_assignments.json", CastAssignments, CastAssignmentsDocument)
MERGE_SUGGESTIONS = DocumentSpec(
    "merge_suggestions", "merge_suggestions.json", MergeSuggestions, MergeSuggestionsDocument
)
TRACK_REPS = TableSpec("track_reps", "track_reps.jsonl", TrackRep, TrackReps)
IDENTITY_EVALUATION = DocumentSpec(
    "identity_evaluation", "identity_evaluation.json", IdentityEvaluation, IdentityEvaluationDocument
)

REVIEW_PROXY = DocumentSpec("review_proxy", "review_proxy.json", ReviewProxy, ReviewProxyDocument)
CLEANUP_REPORT = DocumentSpec("cleanup_report", "cleanup_report.json", CleanupReport, CleanupReportDocument)
SEASON_IDENTITIES = DocumentSpec(
    "season_identities", "season_identities.json", SeasonIdentities, SeasonIdentitiesDocument
)
SCREEN_TIME = DocumentSpec("screen_time", "screen_time.json", ScreenTime, ScreenTimeDocument)
SEASON_SCREEN_TIME = DocumentSpec(
    "season_screen_time", "season_screen_time.json", SeasonScreenTime, SeasonScreenTimeDocument
)
