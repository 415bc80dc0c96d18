"""Problems of stored suggestions that its check reports."""

from typing import Any

import pytest

from screenalytics_assets.contract.identity_records import Identities, TrackAnchor
from screenalytics_assets.contract.suggestion_records import MergeSuggestions, Question
from screenalytics_assets.merge_suggestions.checks import Loaded, suggestions_are_whole
from screenalytics_assets.merge_suggestions.integrity import suggestion_problems
from tests.merge_suggestions.test_queue import FOUR_ONE, RUN, TWO_ONE, question
from tests.moderation.scenes import named
from tests.tiny_episode import BOX, EP_ID

EXISTING = tuple(
    TrackAnchor(track_id=track, first_frame=0, last_frame=9, frame=5, bbox=BOX) for track in named(range(1, 10))
)
IDENTITIES = Identities.model_construct(identities=RUN.identities, track_anchors=EXISTING)


def stored(*questions: Question, **changes: Any) -> MergeSuggestions:
    content: dict[str, Any] = {"ep_id": EP_ID, "model_pack": "plain", "questions": questions, "apart": ()}
    return MergeSuggestions(**content | {"least_probability": 0.3, "left_out": 0} | changes)


@pytest.mark.parametrize(
    ("suggestions", "problems"),
    [
        pytest.param(stored(), [], id="no questions"),
        pytest.param(stored(TWO_ONE, FOUR_ONE, apart=(("track-00001", "track-00009"),)), [], id="whole"),
        pytest.param(
            stored(FOUR_ONE, TWO_ONE), ["question 1 comes before question 2, which saves more"], id="wrong order"
        ),
        pytest.param(
            stored(question("merge", 2, [4, 5], 7, (4, 1))),
            ["question 1 is about identity-00007, which does not exist"],
            id="unknown identity",
        ),
        pytest.param(
            stored(question("home", None, [10], 1, (10, 1))),
            ["question 1 is about track-00010, which does not exist"],
            id="unknown track",
        ),
        pytest.param(
            stored(question("merge", 2, [4, 5], 1, (4, 11))),
            ["question 1 is about track-00011, which does not exist"],
            id="unknown near track",
        ),
        pytest.param(
            stored(apart=(("track-00001", "track-00010"),)),
            ["track-00010 is apart from others, but does not exist"],
            id="unknown track that is apart",
        ),
    ],
)
def test_problems(suggestions: MergeSuggestions, problems: list[str]) -> None:
    assert suggestion_problems(suggestions, IDENTITIES) == problems
    assert suggestions_are_whole(Loaded(suggestions, IDENTITIES)).passed == (not problems)
