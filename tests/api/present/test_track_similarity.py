"""How well tracks fit their identities: known vectors in a plane."""

import numpy as np
import pytest

from screenalytics_app.api.present.track_similarity import Fit, track_fits
from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_assets.moderation.state import ModeratedIdentity
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import EP_ID, PLAIN_PACK, make_embedding, unit

A, B = (
    ModeratedIdentity("identity-00001", ("track-00001", "track-00002", "track-00003")),
    ModeratedIdentity("identity-00002", ("track-00004",)),
)
VECTORS = np.stack([unit(1, 0), unit(1, 0), unit(0, 1), unit(0, 1)])
ROWS = [make_embedding(number, number - 1) for number in range(1, 5)]
NAMES = [row.track_id for row in ROWS]


def fits(store: ArtifactStore, *uncertain: str, rows: int = 4) -> dict[str, Fit]:
    metadata = load_artifact(store, IDENTITIES, EP_ID).content.metadata.model_copy(
        update={"min_identity_sim": 0.5, "assign_sim": 0.3, "assign_sim_clear": 0.6}
    )
    return track_fits([A, B], uncertain, ROWS[:rows], VECTORS, metadata, PLAIN_PACK)


@pytest.mark.parametrize(
    ("uncertain", "similarities"),
    [
        pytest.param((), [0.8944, 0.8944, 0.4472, 1.0], id="the centroid is that of all tracks"),
        pytest.param((NAMES[2],), [1.0, 1.0, 0.0, 1.0], id="uncertain tracks do not move it"),
        pytest.param(tuple(NAMES), [0.8944, 0.8944, 0.4472, 1.0], id="unless all are uncertain"),
    ],
)
def test_similarity_is_that_to_the_centroid(
    store: ArtifactStore, uncertain: tuple[str, ...], similarities: list[float]
) -> None:
    found = fits(store, *uncertain)
    assert [found[name].similarity for name in NAMES] == pytest.approx(similarities, abs=1e-4)


def test_a_track_that_is_less_similar_than_its_clarity_requires_is_an_outlier(store: ArtifactStore) -> None:
    found = fits(store, NAMES[2])
    assert [found[name].outlier_reason for name in NAMES] == [None, None, "similarity 0.00 is below 0.50", None]


def test_tracks_without_an_embedding_are_left_out(store: ArtifactStore) -> None:
    assert list(fits(store, rows=2)) == NAMES[:2]
    assert fits(store, rows=0) == {}
