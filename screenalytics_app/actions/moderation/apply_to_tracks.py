"""Brings the rows of tracks and faces in line with the decisions of people: marks of deleted tracks, and cuts.

No model runs. The tracks keep their provenance, and the faces and track embeddings get the digests of their new inputs,
so all three stay up to date. The identities were built from other digests, so the next run makes them again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from screenalytics_assets.cleanup.write_back import promote_set, stage_crop_index
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import EPISODE_VIDEO, FACES, TRACK_EMBEDDINGS, TRACKS, Faces, Tracks
from screenalytics_assets.lineage.provenance import input_digests, with_inputs
from screenalytics_assets.moderation.mark_tracks import follow_tracks
from screenalytics_assets.moderation.moderated_tracks import moderated_tracks
from screenalytics_assets.track_embeddings.pool_again import pool_again
from screenalytics_resources.artifact import Table, TableSpec, TableT
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.decisions.log import catch_up
from screenalytics_resources.decisions.mirror import read_decisions
from screenalytics_resources.decisions.records import Decision
from screenalytics_resources.episode_lock import episode_lock
from screenalytics_resources.errors import UserError
from screenalytics_resources.promotion import staging
from screenalytics_resources.sealed_files import DamagedArtifactError, Seal, read_seal, save_artifact

ABOUT_ROWS = frozenset({"dismiss", "restore", "cut", "undo"})
"""Kinds of decisions that change rows of tracks and faces."""


@dataclass(frozen=True)
class AppliedToTracks:
    """What changed.

    Attributes:
        deleted: tracks that are marked as deleted now.
        replaced: assets whose files were replaced; none if all was as the decisions ask.
        refused: one sentence per cut that cannot be made in these tracks.
    """

    deleted: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def apply_to_tracks(store: ArtifactStore, ep_id: str) -> AppliedToTracks:
    """Make the stored tracks, faces and track embeddings as the decisions of the episode ask; can be repeated.

    All files are replaced or none, also if the process is killed. Missing and damaged artifacts stay as they are. So do
    faces and embeddings that were built from other tracks.

    Raises:
        UserError: another process works on the episode, the decision log is damaged, or its database cannot be used.
    """
    catch_up(store, ep_id)
    with episode_lock(store, ep_id):
        decisions = read_decisions(store, ep_id)
        if not decisions:
            return AppliedToTracks()
        try:
            before = load_artifact(store, TRACKS, ep_id)
            video = load_artifact(store, EPISODE_VIDEO, ep_id).content
        except DamagedArtifactError:  # the next run makes the tracks with the decisions
            return AppliedToTracks()
        moderated = moderated_tracks(before, decisions, video)
        tracks = moderated.tracks
        replaced = () if tracks.rows == before.rows else _replace(store, tracks)
    deleted = tuple(track.track_id for track in tracks.rows if track.deleted)
    return AppliedToTracks(deleted, replaced, moderated.refused)


def apply_after(store: ArtifactStore, ep_id: str, decisions: Sequence[Decision]) -> tuple[str, ...]:
    """Apply new decisions to the rows of the tracks if they are about them. Returns what did not work, in sentences.

    The decisions are saved already, and the next run applies them, so nothing is lost then.
    """
    if not any(decision.kind in ABOUT_ROWS for decision in decisions):
        return ()
    try:
        return apply_to_tracks(store, ep_id).refused
    except UserError as error:
        return (f"The rows of the tracks follow with the next run of {ep_id}: {error}",)


def _replace(store: ArtifactStore, tracks: Tracks) -> tuple[str, ...]:
    ep_id = tracks.ep_id
    seals = {spec.asset: _seal(store, spec, ep_id) for spec in (TRACKS, FACES, TRACK_EMBEDDINGS)}
    digests = {asset: seal.digest for asset, seal in seals.items() if seal}
    changed: list[tuple[TableSpec[Any], Table[Any]]] = [(TRACKS, tracks)]
    faces = _built_from(store, FACES, ep_id, {"tracks": digests["tracks"]})
    if faces is not None:
        faces = _followed(faces, tracks)
        changed.append((FACES, faces))
        inputs = {name: digests[name] for name in ("tracks", "faces")}
        embeddings = _built_from(store, TRACK_EMBEDDINGS, ep_id, inputs)
        if embeddings is not None:
            changed.append((TRACK_EMBEDDINGS, pool_again(embeddings, tracks, faces)))
    with staging(store, ep_id) as staged:
        stage_crop_index(staged)
        for spec, table in changed:
            seal = seals[spec.asset]
            save_artifact(staged.files, spec, table, cleanup=seal.cleanup if seal else None)
        assets = tuple(spec.asset for spec, _ in changed)
        promote_set(staged, "decisions", assets, [path for spec, _ in changed for path in spec.paths(ep_id)])
    return assets


def _seal(store: ArtifactStore, spec: TableSpec[Any], ep_id: str) -> Seal | None:
    try:
        return read_seal(store, spec, ep_id)
    except DamagedArtifactError:
        return None


def _built_from(store: ArtifactStore, spec: TableSpec[TableT], ep_id: str, digests: Mapping[str, str]) -> TableT | None:
    """Return a table that was built from inputs with these digests, or None. Damage stays for its checks to report."""
    try:
        table = load_artifact(store, spec, ep_id)
    except DamagedArtifactError:
        return None
    return table if digests.items() <= table.provenance.inputs.items() else None


def _followed(faces: Faces, tracks: Tracks) -> Faces:
    origin = with_inputs(faces.provenance, input_digests(tracks))
    return faces.with_rows(follow_tracks(faces.rows, tracks.rows), provenance=origin)
