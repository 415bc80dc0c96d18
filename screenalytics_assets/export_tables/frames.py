"""One episode's artifacts as pandas frames, with the names, order and types that `columns` declares."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from screenalytics_assets.contract.cast_records import CastAssignment, CastCandidate
from screenalytics_assets.contract.identity_records import Identity, Member, TrackAnchor
from screenalytics_assets.contract.record_types import Box
from screenalytics_assets.contract.schemas import Face, Track
from screenalytics_assets.export_tables.columns import ASSIGNMENTS, FACES, IDENTITIES, TRACKS, Column, ExportTable
from screenalytics_assets.export_tables.loaded_episode import LoadedEpisode
from screenalytics_assets.identities.track_anchors import anchors

if TYPE_CHECKING:
    import pandas as pd

Row = Mapping[str, Any]
DTYPES = {"string": "str", "integer": "int64", "float": "float64", "boolean": "bool"}
NULLABLE_DTYPES = DTYPES | {"integer": "Int64", "boolean": "boolean"}


def episode_frames(episode: LoadedEpisode) -> dict[str, "pd.DataFrame"]:
    """Return one frame per table of `columns.TABLES`, by table name.

    Missing strings and floats are NaN, missing integers and booleans are `pandas.NA`.
    """
    identities = episode.identities.content.identities
    identity_of = {track_id: identity.identity_id for identity in identities for track_id in identity.track_ids}
    member_of = {member.track_id: member for identity in identities for member in identity.members or ()}
    offset_s = episode.video.content.player_offset_s
    track_rows = zip(episode.tracks.rows, anchors(episode.tracks.rows), strict=True)
    rows: dict[ExportTable, Iterable[Row]] = {
        TRACKS: (
            _track_row(track, anchor, identity_of.get(track.track_id), member_of.get(track.track_id), offset_s)
            for track, anchor in track_rows
        ),
        FACES: (_face_row(face, identity_of.get(face.track_id)) for face in episode.faces.rows),
        IDENTITIES: map(_identity_row, identities),
        ASSIGNMENTS: map(_assignment_row, episode.assignments.content.assignments),
    }
    return {
        table.name: frame_of(table, [{"ep_id": episode.ep_id, **row} for row in of_table])
        for table, of_table in rows.items()
    }


def frame_of(table: ExportTable, rows: Iterable[Row]) -> "pd.DataFrame":
    """Return `rows` as a frame with exactly the columns of `table`; without rows, an empty frame of the same types.

    Raises:
        ValueError: the keys of a row differ from the declared columns.
    """
    import pandas as pd

    rows = list(rows)
    names = {column.name for column in table.columns}
    for row in rows:
        if difference := sorted(row.keys() ^ names):
            raise ValueError(f"A row of {table.name} differs from the declared columns in {difference}.")
    return pd.DataFrame(
        {column.name: pd.Series([row[column.name] for row in rows], dtype=dtype(column)) for column in table.columns}
    )


def dtype(column: Column) -> str:
    """Return the pandas type of a column. Nullable integers and booleans need their own, because NaN is a float."""
    return (NULLABLE_DTYPES if column.nullable else DTYPES)[column.kind]


def _track_row(
    track: Track, anchor: TrackAnchor, identity_id: str | None, member: Member | None, player_offset_s: float
) -> Row:
    return {
        "track_id": track.track_id,
        "shot_id": track.shot_id,
        "identity_id": identity_id,
        "confidence": member.confidence if member else None,
        "uncertain": member.uncertain if member else None,
        "evidence": member.evidence if member else None,
        "first_frame": track.first_frame,
        "last_frame": track.last_frame,
        "first_ts": track.first_ts,
        "last_ts": track.last_ts,
        "first_player_s": track.first_ts + player_offset_s,
        "last_player_s": track.last_ts + player_offset_s,
        "duration_s": track.duration_s,
        "frame_count": track.frame_count,
        "mean_score": track.mean_score,
        "box_frame": anchor.frame,
        **_box(anchor.bbox),
        "boxes": len(track.boxes),
        "crops": len(track.crops),
        "split_from": track.split_from,
        "split_reason": track.split_reason,
        "deleted": track.deleted,
    }


def _face_row(face: Face, identity_id: str | None) -> Row:
    return {
        "face_id": face.face_id,
        "track_id": face.track_id,
        "identity_id": identity_id,
        "frame": face.frame,
        "ts": face.ts,
        **_box(face.bbox),
        "det_score": face.det_score,
        "crop_std": face.crop_std,
        "quality_score": face.quality.score,
        "quality_det": face.quality.det,
        "quality_std": face.quality.std,
        "quality_box_area": face.quality.box_area,
        "embedding_norm": face.embedding_norm,
        "embedding_row": face.embedding_row,
        "rejection_reason": face.rejection_reason,
        "crop_key": face.crop_key,
        "deleted": face.deleted,
    }


def _identity_row(identity: Identity) -> Row:
    return {
        "identity_id": identity.identity_id,
        "cluster_id": identity.cluster_id,
        "label": identity.label,
        "person_id": identity.labels.person_id,
        "name": identity.labels.name,
        "assigned_by": identity.labels.assigned_by,
        "locked": identity.locked,
        "tracks": len(identity.track_ids),
        "faces": identity.size,
        "seconds_on_screen": identity.seconds_on_screen,
        "cohesion": identity.cohesion,
        "min_identity_sim": identity.min_identity_sim,
        "low_cohesion": identity.low_cohesion,
        "outlier_reason": identity.outlier_reason,
        "centroid_norm": identity.embedding_stats.centroid_norm,
        "variance": identity.embedding_stats.variance,
        "canonical_face_path": identity.canonical_face_path,
        "rep_thumb_rel_path": identity.rep_thumb_rel_path,
    }


def _assignment_row(assignment: CastAssignment) -> Row:
    best, runner_up = (*assignment.candidates[:2], None, None)[:2]
    return {
        "identity_id": assignment.identity_id,
        "status": assignment.status,
        "person_id": assignment.person_id,
        "name": assignment.name,
        "assigned_by": assignment.assigned_by,
        "similarity": assignment.similarity,
        "margin": assignment.margin,
        "candidates": len(assignment.candidates),
        **_candidate("best", best),
        **_candidate("runner_up", runner_up),
        "reason": assignment.reason,
    }


def _candidate(prefix: str, candidate: CastCandidate | None) -> Row:
    return {
        f"{prefix}_person_id": candidate.person_id if candidate else None,
        f"{prefix}_name": candidate.name if candidate else None,
        f"{prefix}_similarity": candidate.similarity if candidate else None,
    }


def _box(box: Box) -> Row:
    return dict(zip(("x1", "y1", "x2", "y2"), box, strict=True))
