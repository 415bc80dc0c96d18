"""Which episodes a backfill builds, in which order, and why it skips others."""

import pytest

from screenalytics_assets.library.backfill_plan import plan_backfill
from screenalytics_assets.library.episode_states import EpisodeState, Kind
from screenalytics_assets.settings.stages import BackfillSettings


def state(number: int, kind: Kind = "missing", changed_ns: int = 0) -> EpisodeState:
    return EpisodeState(f"demo-s01e{number:02d}", kind, ("faces",), 3, changed_ns, f"mark-{number}")


def no_failures(_: EpisodeState) -> int:
    return 0


@pytest.mark.parametrize(
    ("states", "settings", "chosen"),
    [
        pytest.param([], {}, [], id="empty"),
        pytest.param([state(1, "whole"), state(2, "no video")], {}, [], id="nothing-to-do"),
        pytest.param([state(1, "stale"), state(2), state(3, "whole")], {}, [2, 1], id="missing-before-stale"),
        pytest.param([state(1, "stale"), state(2)], {"backfill_stale": False}, [2], id="missing-only"),
        pytest.param([state(1, changed_ns=1), state(2, changed_ns=2)], {}, [2, 1], id="newest-first"),
        pytest.param(
            [state(1, changed_ns=1), state(2, changed_ns=2)], {"backfill_order": "oldest"}, [1, 2], id="oldest-first"
        ),
        pytest.param([state(2), state(1, changed_ns=9)], {"backfill_order": "name"}, [1, 2], id="by-name"),
        pytest.param([state(1), state(2, "stale")], {"backfill_first": "demo-s01e02"}, [2, 1], id="priority-first"),
    ],
)
def test_choice_and_order(states: list[EpisodeState], settings: dict[str, object], chosen: list[int]) -> None:
    plan = plan_backfill(states, (), no_failures, BackfillSettings.model_validate(settings))
    assert [episode.ep_id for episode in plan.chosen] == [f"demo-s01e{number:02d}" for number in chosen]
    assert plan.left_out == {}


def test_skipped_episodes_have_a_reason() -> None:
    states = [state(number, changed_ns=-number) for number in (1, 2, 3, 4)]
    plan = plan_backfill(
        states,
        {"demo-s01e01"},
        lambda episode: 3 if episode.fingerprint == "mark-2" else 2,
        BackfillSettings(backfill_most=1, backfill_failures=3),
    )
    assert [episode.ep_id for episode in plan.chosen] == ["demo-s01e03"]
    assert plan.left_out["demo-s01e01"] == "a run of it is in progress"
    assert plan.left_out["demo-s01e02"].startswith("it failed 3 times with the same video, settings and code")
    assert plan.left_out["demo-s01e04"] == "the backfill takes 1 episodes at a time"
