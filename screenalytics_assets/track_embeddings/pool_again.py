"""Track embeddings after people have cut tracks or undone cuts, from the stored embeddings of the faces."""

from typing import cast

from screenalytics_assets.clustering.pooling_method import PoolingMethod
from screenalytics_assets.contract.schemas import Faces, TrackEmbeddings, Tracks
from screenalytics_assets.lineage.provenance import input_digests, with_inputs
from screenalytics_assets.track_embeddings.embed_tracks import embed_tracks


def pool_again(embeddings: TrackEmbeddings, tracks: Tracks, faces: Faces) -> TrackEmbeddings:
    """Return the embeddings of these tracks, pooled by the method of `embeddings`.

    `tracks` and `faces` differ from those of `embeddings` by decisions of people alone. Equal track ids then mean equal
    parts, so all vectors stay.
    """
    origin = with_inputs(embeddings.provenance, input_digests(tracks, faces))
    if [row.track_id for row in embeddings.rows] == [track.track_id for track in tracks.rows]:
        return embeddings.with_rows(embeddings.rows, provenance=origin)
    method = embeddings.rows[0].pooling_method
    pooled = embed_tracks(tracks.rows, faces.rows, faces.vectors, cast(PoolingMethod, method))
    return embeddings.with_rows(pooled.rows, arrays={"tracks.npy": pooled.vectors}, provenance=origin)
