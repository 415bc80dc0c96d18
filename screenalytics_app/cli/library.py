"""The commands `status` and `backfill`."""

from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import EXIT_BLOCKED, AsJson, Wide, open_store

if TYPE_CHECKING:
    from screenalytics_app.actions.backfill import EpisodeOutcome
    from screenalytics_assets.library.backfill_plan import BackfillPlan
    from screenalytics_resources.artifact_store import ArtifactStore

MOST_ROWS = 50
"""Most episodes that are listed one by one; a larger library is only shown by stage."""


def status(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="One episode instead of all.")] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Show the library by stage, with failing checks and throughput, and which artifacts exist."""
    from screenalytics_app.actions.cast.assignments import lost_names
    from screenalytics_app.actions.status import status_overview
    from screenalytics_app.cli.tables.library import artifacts_table, episodes_table, library_report

    store = open_store()
    overview = status_overview(store, ep_id, None if as_json else MOST_ROWS)
    if as_json:
        output.write_json(overview)
        return
    if overview.library is not None:
        output.show(library_report(overview.library))
    if overview.episodes is not None and ep_id is None:
        output.show(episodes_table(overview.root, overview.episodes, wide), wide)
    elif overview.episodes is not None:
        output.show(artifacts_table(overview.episodes[0]))
        output.say_each(lost_names(store, overview.episodes[0].ep_id), label="lost name:", style="yellow")


def backfill(
    show: Annotated[str | None, typer.Option(help="One show instead of the whole library.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Also episodes that are complete but out of date.")] = False,
    most: Annotated[int | None, typer.Option(min=1, help="Most episodes to make; default: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would be made.")] = False,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Make every episode that is missing artifacts, one after the other."""
    from screenalytics_app.actions.backfill import BackfillRequest, BackfillResult, plan_backfill
    from screenalytics_app.cli.tables.layout import count
    from screenalytics_app.cli.tables.library import plan_report

    store = open_store()
    plan = plan_backfill(BackfillRequest(show, stale, most), store)
    if not as_json:
        output.show(plan_report(plan, wide), wide)
    outcomes = () if dry_run or not plan.chosen else _make(store, plan, as_json)
    failed = sum(not outcome.succeeded for outcome in outcomes)
    if as_json:
        output.write_json(BackfillResult(plan, outcomes))
    elif outcomes:
        output.say(f"{count(len(outcomes) - failed, 'episode')} made, {failed} failed")
    if failed:
        raise typer.Exit(EXIT_BLOCKED)


def _make(store: "ArtifactStore", plan: "BackfillPlan", as_json: bool) -> "tuple[EpisodeOutcome, ...]":
    from screenalytics_app.actions.backfill import run_backfill
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_resources.progress import FileProgress

    progress = BarProgress(FileProgress(store), as_json)
    outcomes = []
    with progress.bars:
        overall = progress.bars.add_task("episodes", total=len(plan.chosen), unit="episodes")
        for outcome in run_backfill(store, plan.chosen, progress):
            outcomes.append(outcome)
            progress.bars.update(overall, advance=1)
            if not outcome.succeeded and not as_json:
                output.say(outcome.failure or "a blocking check failed", label=f"{outcome.ep_id}:", style="red")
    return tuple(outcomes)
