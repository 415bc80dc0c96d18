"""Which tracks of an identity resemble some that a person has picked."""

import numpy as np
import pytest

from screenalytics_assets.identities.compared_tracks import ComparedTracks
from screenalytics_assets.identities.thresholds import thresholds
from screenalytics_assets.merge_suggestions.alike import alike
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import load_pack
from screenalytics_resources.project import config_dir

X, Y = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)
LIKE_X, LIKE_Y = (0.9, 0.0, 0.436), (0.0, 0.9, 0.436)
NO_PAIRS = np.empty((0, 2), np.int64)

CASES = {
    "a run of another person": ([X, Y, LIKE_X, LIKE_Y, X], [1], NO_PAIRS, [1, 3]),
    "several picked": ([X, Y, LIKE_X, LIKE_Y, X, Y, X], [1, 3], NO_PAIRS, [1, 3, 5]),
    "nothing else is like it": ([X, Y, LIKE_X, X], [1], NO_PAIRS, [1]),
    "what shares a frame with it is another person": ([X, Y, X, LIKE_Y, X, X], [1], np.array([[1, 3]]), [1]),
    "all are alike, so nothing tells two people apart": ([X, X, X, X], [1], NO_PAIRS, [1]),
    "the whole identity is picked": ([X, X], [0, 1], NO_PAIRS, [0, 1]),
}


@pytest.mark.parametrize("case", CASES)
def test_alike(case: str) -> None:
    vectors, chosen, apart, expected = CASES[case]
    bounds = thresholds(ClusteringSettings.model_validate({}), load_pack("opencv_zoo", config_dir()))
    compared = ComparedTracks(np.array(vectors, np.float32), np.full(len(vectors), 20.0), bounds, apart)
    members = np.arange(len(vectors))
    assert alike(compared, members, np.array(chosen)).tolist() == expected
