"""Which episodes a backfill builds, and in which order: missing before stale, up to a maximum number."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from screenalytics_assets.library.episode_states import EpisodeState
from screenalytics_assets.settings.stages import BackfillSettings

_RANK = {"missing": 0, "stale": 1}


@dataclass(frozen=True)
class BackfillPlan:
    """Episodes to build, in order, and the reason for each skipped episode that needs a run, by id."""

    chosen: tuple[EpisodeState, ...]
    left_out: Mapping[str, str]


def plan_backfill(
    states: Sequence[EpisodeState],
    running: Collection[str],
    failures: Callable[[EpisodeState], int],
    settings: BackfillSettings,
) -> BackfillPlan:
    """Choose the episodes to build from `states`.

    `failures` counts the failed runs with the same video, settings and code. It is only called for episodes that would
    otherwise be chosen.
    """
    needing = [state for state in states if state.kind in _RANK and (settings.backfill_stale or state.kind != "stale")]
    chosen: list[EpisodeState] = []
    left_out = {state.ep_id: state.problem for state in states if state.kind == "invalid"}
    for state in sorted(needing, key=lambda state: _order(state, settings)):
        if state.ep_id in running:
            left_out[state.ep_id] = "a run of it is in progress"
        elif len(chosen) >= settings.backfill_most:
            left_out[state.ep_id] = f"the backfill takes {settings.backfill_most} episodes at a time"
        elif (count := failures(state)) >= settings.backfill_failures:
            left_out[state.ep_id] = (
                f"it failed {count} times with the same video, settings and code: look at its last run, fix the "
                f"cause, and run it manually"
            )
        else:
            chosen.append(state)
    return BackfillPlan(tuple(chosen), left_out)


def _order(state: EpisodeState, settings: BackfillSettings) -> tuple[int, int, str]:
    first = state.ep_id in settings.backfill_first.split()
    by_time = -state.video_changed_ns if settings.backfill_order == "newest" else state.video_changed_ns
    return (-1 if first else _RANK[state.kind], by_time if settings.backfill_order != "name" else 0, state.ep_id)
