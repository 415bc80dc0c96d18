"""Columns of the exported tables: names, order, types, units and descriptions, declared once.

`docs/export.md` is generated from here.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "integer", "float", "boolean"]


@dataclass(frozen=True)
class Column:
    """One column. `nullable`: whether a value may be missing. Integers and booleans then need a nullable type."""

    name: str
    kind: Kind
    description: str
    unit: str = ""
    nullable: bool = False


@dataclass(frozen=True)
class ExportTable:
    """One exported table; its file is `{name}.parquet` or `{name}.csv`."""

    name: str
    rows: str
    """What one row describes, and which rows the table contains."""
    columns: tuple[Column, ...]


EPISODE = Column("ep_id", "string", "episode")
BOX = (
    Column("x1", "float", "left edge of the face box", "px"),
    Column("y1", "float", "top edge of the face box", "px"),
    Column("x2", "float", "right edge of the face box", "px"),
    Column("y2", "float", "bottom edge of the face box", "px"),
)

TRACKS = ExportTable(
    "tracks",
    "One row per track, deleted and unusable tracks included.",
    (
        EPISODE,
        Column("track_id", "string", "track, unique within the episode"),
        Column("shot_id", "string", "shot that the track is in"),
        Column("identity_id", "string", "identity of the track; null for an unusable track", nullable=True),
        Column("confidence", "float", "probability of that identity, 0 to 1; null without one", nullable=True),
        Column("uncertain", "boolean", "whether that membership is uncertain; null without one", nullable=True),
        Column("evidence", "string", "evidence for the membership, such as face 0.41 (weak)", nullable=True),
        Column("first_frame", "integer", "first frame, from 0", "frame"),
        Column("last_frame", "integer", "last frame, inclusive", "frame"),
        Column("first_ts", "float", "time of the first frame", "s"),
        Column("last_ts", "float", "time of the last frame", "s"),
        Column("first_player_s", "float", "time of the first frame on the clock of a video player", "s"),
        Column("last_player_s", "float", "time of the last frame on the clock of a video player", "s"),
        Column("duration_s", "float", "last_ts - first_ts", "s"),
        Column("frame_count", "integer", "number of detections, not the span"),
        Column("mean_score", "float", "mean detection score, 0 to 1"),
        Column("box_frame", "integer", "frame of the face box: the stored box nearest to the track's middle", "frame"),
        *BOX,
        Column("boxes", "integer", "boxes stored in tracks.jsonl"),
        Column("crops", "integer", "crops stored"),
        Column("split_from", "string", "track that this one was split from", nullable=True),
        Column("split_reason", "string", "hard, streak or iou, or person for a cut by hand", nullable=True),
        Column("deleted", "boolean", "whether the track was deleted"),
    ),
)

FACES = ExportTable(
    "faces",
    "One row per sampled face, rejected faces included.",
    (
        EPISODE,
        Column("face_id", "string", "face, unique within the episode"),
        Column("track_id", "string", "track of the face"),
        Column("identity_id", "string", "identity of that track; null for an unusable track", nullable=True),
        Column("frame", "integer", "frame, from 0", "frame"),
        Column("ts", "float", "time of the frame", "s"),
        *BOX,
        Column("det_score", "float", "detection score, 0 to 1"),
        Column("crop_std", "float", "standard deviation of the grey face box, 0 to 255", "grey levels"),
        Column("quality_score", "float", "quality score, 0 to 1: used for ranking, not for rejection"),
        Column("quality_det", "float", "detection score in the quality score, 0 to 1"),
        Column("quality_std", "float", "contrast in the quality score", "grey levels"),
        Column("quality_box_area", "float", "box area in the quality score", "px^2"),
        Column("embedding_norm", "float", "norm of the raw embedding; null for a rejected face", nullable=True),
        Column("embedding_row", "integer", "row of faces.npy, from 0; null for a rejected face", nullable=True),
        Column("rejection_reason", "string", "why the face was rejected; null for an accepted face", nullable=True),
        Column("crop_key", "string", "path of the crop below frames/{ep_id}/"),
        Column("deleted", "boolean", "whether the face was deleted"),
    ),
)

IDENTITIES = ExportTable(
    "identities",
    "One row per identity of an episode.",
    (
        EPISODE,
        Column("identity_id", "string", "identity, unique within the episode"),
        Column("cluster_id", "integer", "cluster; null for a singleton, -1 if outlier_mode is noise", nullable=True),
        Column("label", "string", "label of the identity", nullable=True),
        Column("person_id", "string", "person stored with the identity, by a cleanup or by a user", nullable=True),
        Column("name", "string", "name of that person", nullable=True),
        Column("assigned_by", "string", "machine or person: who stored that person", nullable=True),
        Column("locked", "boolean", "whether later clusterings leave the identity unchanged"),
        Column("tracks", "integer", "tracks of the identity"),
        Column("faces", "integer", "accepted faces of those tracks"),
        Column("seconds_on_screen", "float", "length of the union of the spans of its tracks", "s"),
        Column("cohesion", "float", "mean cosine similarity of its tracks to its unit centroid, -1 to 1"),
        Column("min_identity_sim", "float", "lowest cosine similarity of a track to the unit centroid, -1 to 1"),
        Column("low_cohesion", "boolean", "whether the identity is flagged for its cohesion"),
        Column("outlier_reason", "string", "why a track was split off into this identity", nullable=True),
        Column("centroid_norm", "float", "norm of the mean of its unit track embeddings, 0 to 1"),
        Column("variance", "float", "mean squared distance of its track embeddings to that mean"),
        Column("canonical_face_path", "string", "path of its representative face below frames/{ep_id}/"),
        Column("rep_thumb_rel_path", "string", "path of its thumbnail below the data root"),
    ),
)

ASSIGNMENTS = ExportTable(
    "assignments",
    "One row per identity of an episode: the person of the show's cast that it was matched with.",
    (
        EPISODE,
        Column("identity_id", "string", "identity, unique within the episode"),
        Column("status", "string", "assigned, needs_review or unknown"),
        Column("person_id", "string", "person that the identity is; null unless assigned", nullable=True),
        Column("name", "string", "name of that person", nullable=True),
        Column("assigned_by", "string", "machine or person; null unless assigned", nullable=True),
        Column("similarity", "float", "cosine similarity to the best person, or to the assigned one", nullable=True),
        Column("margin", "float", "lead of the best person over the second best; null without one", nullable=True),
        Column("candidates", "integer", "people that the identity may be"),
        Column("best_person_id", "string", "candidate with the highest similarity", nullable=True),
        Column("best_name", "string", "name of that candidate", nullable=True),
        Column("best_similarity", "float", "cosine similarity to that candidate", nullable=True),
        Column("runner_up_person_id", "string", "candidate with the second highest similarity", nullable=True),
        Column("runner_up_name", "string", "name of that candidate", nullable=True),
        Column("runner_up_similarity", "float", "cosine similarity to that candidate", nullable=True),
        Column("reason", "string", "why the identity has this status"),
    ),
)

TABLES = (TRACKS, FACES, IDENTITIES, ASSIGNMENTS)
"""Every exported table, in the order in which they are written and documented."""
