"""A backfill by hand: the same choice as the nightly one, run here, one episode after the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.table import Table

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_episode import RunRequest, RunResult, run_episode
from screenalytics_assets.automation.backfill import FINGERPRINT_TAG, backfill_settings, planned
from screenalytics_assets.library.backfill_plan import BackfillPlan
from screenalytics_assets.library.episode_states import EpisodeState, library_states
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress


@dataclass(frozen=True)
class Done:
    """One episode of a backfill: its result, or the sentence with which it failed."""

    state: EpisodeState
    result: RunResult | None
    failure: str

    @property
    def well(self) -> bool:
        return self.result is not None and not self.result.blocked


def choose(store: ArtifactStore, show: str | None, stale: bool, most: int | None) -> BackfillPlan:
    """What a backfill of the library, or of one show, would make now."""
    wanted = parse_show(show) if show else None
    episodes = [ep_id for ep_id in store.episodes() if wanted in (None, parse_ep_id(ep_id).show)]
    if wanted and not episodes:
        raise UserError(f"There is no episode of a show {wanted!r}: `screenalytics status` lists the episodes.")
    changes = {"backfill_stale": stale} | ({"backfill_most": most} if most else {"backfill_most": len(episodes) or 1})
    settings = backfill_settings().model_copy(update=changes)
    with open_instance() as instance:
        return planned(instance, library_states(store, episodes), settings)


def run_backfill(store: ArtifactStore, chosen: Sequence[EpisodeState], progress: Progress) -> Iterator[Done]:
    """Make the episodes one after the other; one that fails stops none of the others."""
    for state in chosen:
        request = RunRequest(state.ep_id, None, {}, tags={FINGERPRINT_TAG: state.fingerprint})
        try:
            yield Done(state, run_episode(request, store, progress), "")
        except UserError as error:
            yield Done(state, None, str(error))


def plan_table(plan: BackfillPlan) -> Table:
    """The chosen episodes with what is to be made, and those left out with why."""
    table = Table("episode", "why", "to make", title=f"{len(plan.chosen)} episodes to make", title_justify="left")
    for state in plan.chosen:
        table.add_row(state.ep_id, state.kind, ", ".join(state.to_make))
    for ep_id, why in plan.left_out.items():
        table.add_row(ep_id, "left out", why)
    return table
