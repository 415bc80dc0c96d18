"""The map of an episode: its tracks in two dimensions, with their identities of now."""

from threading import Lock

import numpy as np
from numpy.typing import NDArray

from screenalytics_app.api.models.history import MapPoint, TrackMap
from screenalytics_app.api.present.episode_view import Shown
from screenalytics_assets.contract.schemas import TrackEmbeddings
from screenalytics_assets.evidence.face_space import centred
from screenalytics_assets.track_embeddings.track_map import MOST_TRACKS, track_map
from screenalytics_resources.errors import UserError
from screenalytics_resources.recent import Recent

_positions: Recent[str, tuple[TrackEmbeddings, NDArray[np.float64]]] = Recent(4)
_turn = Lock()


def map_of(episode: Shown) -> TrackMap:
    """Return the map, without dismissed tracks and tracks without an embedding. The first call takes seconds.

    Raises:
        UserError: the episode has too many tracks.
    """
    rows = [row for row in episode.embeddings.rows if row.embedding_row is not None]
    if len(rows) > MOST_TRACKS:
        raise UserError(
            f"{episode.ep_id} has {len(rows)} tracks with a face, and a map shows at most {MOST_TRACKS}: use the Board."
        )
    positions = _place(episode)
    points = [
        MapPoint(
            track_id=row.track_id,
            identity_id=episode.view.home.get(row.track_id),
            x=round(float(positions[row.embedding_row][0]), 4),
            y=round(float(positions[row.embedding_row][1]), 4),
        )
        for row in rows
        if row.embedding_row is not None and row.track_id not in episode.view.moderated.dismissed
    ]
    return TrackMap(ep_id=episode.ep_id, points=tuple(points))


def _place(episode: Shown) -> NDArray[np.float64]:
    """Return a position (2,) for each row of the embeddings. Requests take turns, so that one of them computes it."""
    with _turn:
        known = _positions.get(episode.ep_id)
        if known is None or known[0] is not episode.embeddings:
            vectors = episode.embeddings.vectors
            known = episode.embeddings, track_map(centred(vectors, episode.pack.evidence.mean(vectors.shape[1])))
            _positions.put(episode.ep_id, known)
        return known[1]
