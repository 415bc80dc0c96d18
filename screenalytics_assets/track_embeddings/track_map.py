"""Track embeddings in two dimensions: near points look alike, and distances between far points mean nothing."""

import numpy as np
from numpy.typing import NDArray

MOST_TRACKS = 5_000
"""More tracks take minutes."""
_PERPLEXITY = 30.0
"""About how many neighbours a track has. Fewer tracks get a fifth of their number: with a third, some land astray."""
_ITERATIONS = 500
"""Half of scikit-learn's default. Groups of tracks are apart by then, in half the time."""


def track_map(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return positions (n, 2) in [-1, 1] of unit rows (n, D), by t-SNE. Equal vectors give equal positions.

    Raises:
        ValueError: there are more than `MOST_TRACKS` rows.
    """
    count = len(vectors)
    if count > MOST_TRACKS:
        raise ValueError(f"Expected at most {MOST_TRACKS} tracks for a map, but got {count}.")
    if count < 4 or np.allclose(vectors, vectors[:1], atol=1e-6):
        return _few(vectors)
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    tsne = TSNE(
        n_components=2,
        init="pca",
        random_state=0,
        perplexity=min(_PERPLEXITY, max(1.0, (count - 1) / 5)),
        max_iter=_ITERATIONS,
    )
    with threadpool_limits(1):  # the threads wait for each other: two cores take ten times as long as one
        found = tsne.fit_transform(vectors.astype(np.float32))
    return _scaled(found.astype(np.float64))


def _few(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return positions of very few or equal vectors, for which t-SNE is not defined: along a line, by difference."""
    if len(vectors) == 0:
        return np.zeros((0, 2))
    distances = np.linalg.norm(vectors - vectors[0], axis=1).astype(np.float64)
    return _scaled(np.stack([distances, np.zeros(len(vectors))], axis=1))


def _scaled(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 2) moved and scaled into [-1, 1] with one factor for both axes."""
    low, high = points.min(axis=0), points.max(axis=0)
    half = float((high - low).max()) / 2
    return np.zeros_like(points) if half == 0 else np.asarray((points - (low + high) / 2) / half)
