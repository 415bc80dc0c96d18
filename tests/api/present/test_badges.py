"""Badges: level and words at and below each bound."""

import pytest

from screenalytics_app.api.present.badges import cohesion_badge, pack_named, quality_badge, similarity_badge
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.packs import BadgeBounds

BOUNDS = BadgeBounds(good=0.7, fair=0.4)


@pytest.mark.parametrize(
    ("value", "similarity", "quality"),
    [
        pytest.param(1.0, ("good", "strong 1.00"), ("good", "good 100 %"), id="best"),
        pytest.param(0.7, ("good", "strong 0.70"), ("good", "good 70 %"), id="at the bound of good"),
        pytest.param(0.699, ("fair", "fair 0.70"), ("fair", "fair 70 %"), id="just below it"),
        pytest.param(0.4, ("fair", "fair 0.40"), ("fair", "fair 40 %"), id="at the bound of fair"),
        pytest.param(0.39, ("poor", "weak 0.39"), ("poor", "poor 39 %"), id="below it"),
    ],
)
def test_a_badge_has_a_level_and_words(value: float, similarity: tuple[str, str], quality: tuple[str, str]) -> None:
    found = similarity_badge(value, BOUNDS)
    assert (found.level, found.text) == similarity
    found = quality_badge(value, BOUNDS)
    assert (found.level, found.text) == quality


@pytest.mark.parametrize(
    ("tracks", "has_faces", "text"),
    [
        pytest.param(2, True, "strong 0.90", id="several tracks"),
        pytest.param(1, True, "single track", id="one track"),
        pytest.param(2, False, "no clear face", id="no face"),
    ],
)
def test_the_cohesion_of_little_is_no_praise(tracks: int, has_faces: bool, text: str) -> None:
    assert cohesion_badge(0.9, tracks, has_faces, BOUNDS).text == text


def test_a_pack_is_read_once_and_an_unknown_one_is_refused() -> None:
    assert pack_named("opencv_zoo") is pack_named("opencv_zoo")
    with pytest.raises(UserError, match="Unknown model pack 'none'"):
        pack_named("none")
