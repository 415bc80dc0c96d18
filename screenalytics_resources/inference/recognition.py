"""Face recognition: turns aligned faces into L2-normalised embeddings."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from screenalytics_resources.inference.session import Session

Family = Literal["sface", "arcface"]


@dataclass(frozen=True)
class Embeddings:
    """Embeddings of N faces.

    Attributes:
        vectors: shape (N, dim), float32, one unit vector per row.
        norms: shape (N,), float32, norms of the rows before normalisation.
    """

    vectors: NDArray[np.float32]
    norms: NDArray[np.float32]


class Recogniser:
    """A face recogniser on a session.

    Attributes:
        dim: length of an embedding.
    """

    def __init__(self, session: Session, family: Family) -> None:
        """Wrap a session. `family` selects the preprocessing."""
        self._session = session
        self._family = family
        self.dim = self._run(np.zeros((1, 112, 112, 3), np.uint8)).shape[1]

    def embed(self, faces: NDArray[np.uint8], batch_size: int = 16) -> Embeddings:
        """Embed aligned faces, shape (N, 112, 112, 3), BGR, at most `batch_size` per run of the network.

        Raises:
            ValueError: if the faces have another shape, or if an embedding is zero or not finite.
        """
        if faces.ndim != 4 or faces.shape[1:] != (112, 112, 3):
            raise ValueError(f"Expected faces of shape (N, 112, 112, 3), but got {faces.shape}")
        chunks = [self._run(faces[k : k + batch_size]) for k in range(0, len(faces), batch_size)]
        raw = np.concatenate([np.empty((0, self.dim), np.float32), *chunks])
        norms = np.linalg.norm(raw, axis=1).astype(np.float32)
        if not (np.isfinite(norms) & (norms > 0)).all():
            raise ValueError(f"Expected embeddings with a finite norm above 0, but got norms {norms.tolist()}")
        return Embeddings(raw / norms[:, None], norms)

    def _run(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        (raw,) = self._session.run(preprocess(faces, self._family))
        return raw


def preprocess(faces: NDArray[np.uint8], family: Family) -> NDArray[np.float32]:
    """Turn aligned faces, shape (N, 112, 112, 3), BGR, into a network's input, shape (N, 3, 112, 112), RGB.

    - `sface`: values stay in [0, 255], because the network scales them itself; as in OpenCV's FaceRecognizerSF.
    - `arcface`: (x - 127.5) / 127.5, in [-1, 1]; as in InsightFace's ArcFaceONNX.
    """
    rgb = np.ascontiguousarray(faces[..., ::-1].transpose(0, 3, 1, 2), np.float32)
    return rgb if family == "sface" else (rgb - 127.5) / 127.5
