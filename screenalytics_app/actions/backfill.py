"""A backfill by hand: the same choice of episodes as the nightly one, run here, one episode after the other."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.automation.backfill import FINGERPRINT_TAG, backfill_settings, planned
from screenalytics_assets.dagster_support.dead_runs import end_dead_runs
from screenalytics_assets.library.backfill_plan import BackfillPlan
from screenalytics_assets.library.episode_states import EpisodeState, episodes_to_build, library_states
from screenalytics_assets.library.partition_keys import odd_keys
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress


@dataclass(frozen=True)
class BackfillRequest:
    """What to backfill: one show or the library, `stale` episodes too, and at most `most` episodes (None: all)."""

    show: str | None = None
    stale: bool = False
    most: int | None = None


@dataclass(frozen=True)
class EpisodeOutcome:
    """One episode of a backfill: its result, or the sentence that says why it failed."""

    ep_id: str
    result: RunResult | None
    failure: str

    @property
    def succeeded(self) -> bool:
        """Whether the run finished and no blocking check failed."""
        return self.result is not None and not self.result.blocked


@dataclass(frozen=True)
class BackfillResult:
    """What a backfill planned and what became of each episode; no outcomes for a dry run."""

    plan: BackfillPlan
    outcomes: tuple[EpisodeOutcome, ...]


def plan_backfill(request: BackfillRequest, store: ArtifactStore) -> BackfillPlan:
    """Choose the episodes that a backfill would make now.

    Ends dead runs first, which would otherwise count as in progress as long as no daemon runs.

    Raises:
        UserError: the show has no episodes.
    """
    show = parse_show(request.show) if request.show else None
    episodes = [ep_id for ep_id in episodes_to_build(store) if show in (None, parse_ep_id(ep_id).show)]
    if show and not episodes:
        raise UserError(f"The show {show!r} has no episodes: `screenalytics status` lists the episodes.")
    changes = {"backfill_stale": request.stale, "backfill_most": request.most or len(episodes) or 1}
    settings = backfill_settings().model_copy(update=changes)
    with open_instance() as instance:
        end_dead_runs(instance, store, time.time())
        library = library_states(store, episodes)
        odd = {} if show else odd_keys(instance.get_dynamic_partitions("episodes"))
        return planned(instance, replace(library, unreadable={**odd, **library.unreadable}), settings)


def run_backfill(store: ArtifactStore, chosen: Sequence[EpisodeState], progress: Progress) -> Iterator[EpisodeOutcome]:
    """Make the episodes one after the other; a failed one does not stop the others."""
    for state in chosen:
        request = RunRequest(state.ep_id, None, {}, tags={FINGERPRINT_TAG: state.fingerprint})
        try:
            yield EpisodeOutcome(state.ep_id, run_episode(request, store, progress), "")
        except UserError as error:
            yield EpisodeOutcome(state.ep_id, None, str(error))
