"""The picture of all tracks in two dimensions."""

import numpy as np
import pytest

from screenalytics_assets.contract.identity_records import Identity
from screenalytics_assets.identities.map_picture import _GREY, SIDE, _colour, map_picture

PEOPLE, EACH = 3, 20


def test_each_person_is_a_group_of_one_colour_and_the_rest_is_grey() -> None:
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(PEOPLE + 1, 32)).repeat(EACH, axis=0)
    vectors = centres + 0.05 * rng.normal(size=centres.shape)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    tracks = [f"track-{number:05d}" for number in range(1, len(vectors) + 1)]
    identities = [
        Identity.model_construct(
            identity_id=f"identity-{person + 1:05d}", track_ids=tuple(tracks[person * EACH : (person + 1) * EACH])
        )
        for person in range(PEOPLE)
    ]
    picture = map_picture(vectors.astype(np.float32), tracks, identities)
    assert picture.shape == (SIDE, SIDE, 3)
    colours, counts = np.unique(picture.reshape(-1, 3), axis=0, return_counts=True)
    dots = {tuple(colour): count for colour, count in zip(colours.tolist(), counts.tolist(), strict=True)}
    assert all(dots.get(_colour(number), 0) > EACH * 10 for number in range(PEOPLE))
    assert dots.get(_GREY, 0) > 0
    for number in range(PEOPLE):
        place = np.argwhere((picture == _colour(number)).all(axis=2))
        assert place.std(axis=0).max() < SIDE / 8


@pytest.mark.parametrize("count", [0, 1, 4])
def test_few_tracks(count: int) -> None:
    vectors = np.eye(8, dtype=np.float32)[:count]
    assert map_picture(vectors, [f"track-{number:05d}" for number in range(count)], []).shape == (SIDE, SIDE, 3)
