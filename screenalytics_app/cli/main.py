"""The command line: a thin layer over the Dagster assets.

Exit codes: 0 done, 1 a blocking check failed, 2 bad input or settings, with one sentence that says why.
"""

import gc
import io
import json
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from screenalytics_app.cli.cast import cast_app, facebank_app
from screenalytics_app.cli.export import export
from screenalytics_app.cli.plain_text import plain
from screenalytics_resources.artifact_store import ArtifactStore, data_root
from screenalytics_resources.errors import UserError
from screenalytics_resources.sealed_files import DamagedArtifactError

EXIT_BLOCKED = 1
EXIT_BAD_INPUT = 2
UI_ADDRESS = "http://127.0.0.1:3000"

app = typer.Typer(
    help="Who is on screen: from an episode's video to its identities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.add_typer(cast_app, name="cast")
app.add_typer(facebank_app, name="facebank")
app.command()(export)
console = Console()
Profile = Annotated[str | None, typer.Option(help="fast_cpu (low_power), balanced or high_accuracy.")]
Set = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Any setting; see `config`. Can be repeated.")
]
EpId = Annotated[str, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")]


@app.command()
def run(
    ep_id: EpId,
    video: Annotated[Path | None, typer.Option(help="Video file; any container that FFmpeg reads.")] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; see `packs`.")] = None,
    stride: Annotated[int | None, typer.Option(help="Look at every n-th frame.")] = None,
    cluster_thresh: Annotated[float | None, typer.Option(help="Similarity at which clusters merge.")] = None,
    min_cluster_size: Annotated[int | None, typer.Option(help="Smaller clusters fall apart.")] = None,
    min_identity_sim: Annotated[float | None, typer.Option(help="Tracks below it leave their identity.")] = None,
    profile: Profile = None,
    set_: Set = None,
    from_asset: Annotated[str | None, typer.Option("--from", help="Make this asset and all that follow again.")] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Truth file to evaluate against; see docs/ground-truth.md.")
    ] = None,
) -> None:
    """Make what is missing or out of date of an episode, and evaluate every check."""
    from screenalytics_app.actions.dagster_instance import start_command
    from screenalytics_app.actions.given_settings import given_settings
    from screenalytics_app.actions.run_episode import RunRequest, run_episode
    from screenalytics_app.cli.terminal import BarProgress, checks_table, identities_table
    from screenalytics_assets.contract.loading import load_artifact
    from screenalytics_assets.contract.schemas import IDENTITIES
    from screenalytics_resources.progress import FileProgress

    settings = {
        "pack": pack,
        "stride": stride,
        "cluster_thresh": cluster_thresh,
        "min_cluster_size": min_cluster_size,
        "min_identity_sim": min_identity_sim,
        "profile": profile,
    }
    settings |= given_settings(set_ or ())
    store = ArtifactStore(data_root())
    progress = BarProgress(console, FileProgress(store))
    with progress.bars:
        result = run_episode(RunRequest(ep_id, video, settings, from_asset, truth), store, progress)
    if result.ended_runs:
        console.print(f"an earlier run of this episode was killed ({result.ended_runs[0]}); picked up from there")

    if result.cleaned:
        console.print(
            f"[yellow]replaces what a cleanup had written[/], as its settings or inputs have changed: "
            f"{', '.join(result.cleaned)}",
            soft_wrap=True,
        )
    if not result.made:
        console.print("every artifact is up to date; evaluated the checks only (--from ASSET makes them again)")
    try:
        console.print(identities_table(load_artifact(store, IDENTITIES, ep_id).content))
    except DamagedArtifactError as error:
        if not result.blocked:
            raise
        console.print(plain(error, "no identities:", "red"), soft_wrap=True)
    console.print(checks_table(result.checks))
    console.print(f"{result.seconds:.1f} s, of which {result.step_seconds:.1f} s in the assets themselves")
    console.print(plain(f"contact sheet  {store.frames(ep_id, 'contact_sheet.jpg')}"), soft_wrap=True)
    console.print(
        f"in the UI      {start_command()}, then {UI_ADDRESS}/assets/identities?view=partitions&partition={ep_id}",
        soft_wrap=True,
    )
    if result.blocked:
        console.print("[bold red]A blocking check failed: nothing was built on that result.[/] See the table above.")
        raise typer.Exit(EXIT_BLOCKED)


@app.command("config")
def config_(
    ep_id: Annotated[str | None, typer.Option("--ep-id", help="With the pack of this episode.")] = None,
    profile: Profile = None,
) -> None:
    """Every setting, its effective value, and where that came from."""
    from screenalytics_app.actions.settings_table import chosen_pack, out_of_date, settings_table

    store = ArtifactStore(data_root())
    console.print(settings_table(chosen_pack(store, ep_id, profile), profile))
    if ep_id is not None and (old := out_of_date(store, ep_id, profile)):
        console.print(f"made with other settings, so a run makes them again: {', '.join(old)}", soft_wrap=True)


@app.command()
def backfill(
    show: Annotated[str | None, typer.Option(help="One show instead of the whole library.")] = None,
    stale: Annotated[bool, typer.Option("--stale", help="Also what is there and out of date.")] = False,
    most: Annotated[int | None, typer.Option(min=1, help="So many episodes at most; default: all.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be made.")] = False,
) -> None:
    """Make every episode that is missing something, one after the other."""
    from screenalytics_app.actions.backfill import choose, plan_table, run_backfill
    from screenalytics_app.cli.terminal import BarProgress
    from screenalytics_resources.progress import FileProgress

    store = ArtifactStore(data_root())
    plan = choose(store, show, stale, most)
    console.print(plan_table(plan))
    if dry_run or not plan.chosen:
        return
    progress = BarProgress(console, FileProgress(store))
    failed = 0
    with progress.bars:
        overall = progress.bars.add_task("episodes", total=len(plan.chosen), unit="episodes")
        for done in run_backfill(store, plan.chosen, progress):
            progress.bars.update(overall, advance=1)
            failed += not done.well
            if not done.well:
                why = done.failure or "a blocking check failed"
                progress.bars.console.print(plain(why, done.state.ep_id, "red"), soft_wrap=True)
    console.print(f"{len(plan.chosen) - failed} episodes made, {failed} failed")
    if failed:
        raise typer.Exit(EXIT_BLOCKED)


@app.command()
def status(ep_id: Annotated[str | None, typer.Option("--ep-id", help="One episode instead of all.")] = None) -> None:
    """The library by stage, with failing checks and throughput; and which artifacts of which episodes are there."""
    from screenalytics_app.actions.library_status import library_tables
    from screenalytics_app.actions.status import MOST_ROWS, status_table

    store = ArtifactStore(data_root())
    if ep_id is None:
        for table in library_tables(store):
            console.print(table)
    if ep_id is not None or len(store.episodes()) <= MOST_ROWS:
        console.print(status_table(store, ep_id))


@app.command()
def show(
    ep_id: EpId, as_json: Annotated[bool, typer.Option("--json", help="The whole document as JSON.")] = False
) -> None:
    """The identities of an episode."""
    from screenalytics_app.cli.terminal import identities_table
    from screenalytics_assets.contract.loading import load_artifact
    from screenalytics_assets.contract.schemas import IDENTITIES

    store = ArtifactStore(data_root())
    content = load_artifact(store, IDENTITIES, ep_id).content
    if as_json:
        sys.stdout.write(json.dumps(content.model_dump(mode="json"), indent=1) + "\n")
        return
    console.print(identities_table(content))
    console.print(plain(f"contact sheet  {store.frames(ep_id, 'contact_sheet.jpg')}"), soft_wrap=True)


@app.command()
def cleanup(
    ep_id: EpId,
    actions: Annotated[
        list[str] | None,
        typer.Option(help="split_tracks, reembed, recluster, group_clusters; several with commas. Default: all."),
    ] = None,
    profile: Profile = None,
    write_back: Annotated[bool, typer.Option("--write-back", help="Replace the artifacts, all or none.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace them even if a guardrail gets worse.")] = False,
    cluster_thresh: Annotated[float | None, typer.Option(help="Similarity at which clusters merge.")] = None,
    min_cluster_size: Annotated[int | None, typer.Option(help="Smaller clusters fall apart.")] = None,
    min_identity_sim: Annotated[float | None, typer.Option(help="Tracks below it leave their identity.")] = None,
    min_quality: Annotated[float | None, typer.Option(help="Quality score below which reembed rejects a face.")] = None,
    set_: Set = None,
    restore: Annotated[int | None, typer.Option(help="Bring back what the N-th last cleanup replaced.")] = None,
) -> None:
    """Split mixed tracks, judge faces anew, cluster again, and name identities; a preview unless --write-back."""
    from screenalytics_app.actions import cleanup as cleaning
    from screenalytics_app.actions.given_settings import given_settings
    from screenalytics_app.actions.run_episode import RunRequest, run_episode
    from screenalytics_app.cli.terminal import BarProgress, checks_table
    from screenalytics_assets.contract.cleanup_records import PHASES
    from screenalytics_resources.progress import FileProgress

    store = ArtifactStore(data_root())
    if restore is not None:
        backup, _ = cleaning.restore(store, ep_id, restore)
        console.print(
            f"brought back the set that was replaced at {backup.replaced_by.promoted_at:%Y-%m-%d %H:%M:%S} UTC"
        )
    else:
        settings = {
            "profile": profile,
            "cluster_thresh": cluster_thresh,
            "min_cluster_size": min_cluster_size,
            "min_identity_sim": min_identity_sim,
            "cleanup_min_quality": min_quality,
        } | given_settings(set_ or ())
        wanted = [name for given in actions or PHASES for name in given.replace(",", " ").split()]
        command = cleaning.CleanupCommand(ep_id, wanted, settings, write_back, force)
        progress = BarProgress(console, FileProgress(store))
        with progress.bars:
            report, _ = cleaning.run_cleanup(command, store, progress)
        console.print(cleaning.report_table(report))
        for line in cleaning.summary(report):
            console.print(line, soft_wrap=True)
        if not report.promoted:
            raise typer.Exit(EXIT_BLOCKED if report.refused else 0)
    progress = BarProgress(console, FileProgress(store))
    with progress.bars:
        result = run_episode(RunRequest(ep_id, None, {}, cleaning.first_stale(store, ep_id)), store, progress)
    console.print(f"made again: {', '.join(result.made)}" if result.made else "nothing had to be made again")
    console.print(checks_table(result.checks))
    if result.blocked:
        raise typer.Exit(EXIT_BLOCKED)


@app.command()
def evaluate(
    ep_id: EpId,
    truth: Annotated[Path | None, typer.Option(help="Truth file instead of the episode's own; not stored.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Hold later evaluations against this one.")] = False,
    sample: Annotated[int | None, typer.Option(help="Write a review sheet of so many drawn identities.")] = None,
    reviewed: Annotated[Path | None, typer.Option(help="Estimate from a review sheet that was filled in.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole evaluation as JSON.")] = False,
) -> None:
    """How right the stored identities are, against a truth file or a reviewed sample."""
    from screenalytics_app.actions import evaluate as evaluation

    store = ArtifactStore(data_root())
    evaluation.refuse_contradictions(truth=truth, accept=accept, sample=sample, reviewed=reviewed, as_json=as_json)
    if sample is not None:
        console.print(plain(f"review sheet  {evaluation.write_review_sheet(store, ep_id, sample)}"), soft_wrap=True)
        return
    if reviewed is not None:
        found = evaluation.estimate_from_review(store, ep_id, reviewed)
        console.print(evaluation.estimates_table(found, ep_id))
        return
    result = evaluation.accept_stored(store, ep_id) if accept else evaluation.evaluate_stored(store, ep_id, truth)
    if as_json:
        sys.stdout.write(json.dumps(result.model_dump(mode="json"), indent=1) + "\n")
        return
    console.print(evaluation.evaluation_table(result))
    if accept:
        console.print("accepted: the check on identity_evaluation holds later evaluations against this one")


@app.command()
def season(
    show: Annotated[str, typer.Option("--show", help="What its episodes' ids begin with, such as demo.")],
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Let new episodes join the last result, which stays as it is.")
    ] = False,
    cluster_thresh: Annotated[float | None, typer.Option(help="Similarity at which clusters merge.")] = None,
) -> None:
    """Who is who in a whole show: the tracks of all its episodes, clustered at once."""
    from screenalytics_app.actions.run_season import run_season
    from screenalytics_app.cli.terminal import checks_table, season_table
    from screenalytics_assets.contract.loading import load_artifact
    from screenalytics_assets.contract.schemas import SEASON_IDENTITIES

    store = ArtifactStore(data_root())
    checks = run_season(store, show, {"incremental": incremental or None, "cluster_thresh": cluster_thresh})
    content = load_artifact(store, SEASON_IDENTITIES, show).content
    console.print(season_table(content))
    for left in content.left_out:
        console.print(plain(f"{left.ep_id}: {left.why}", "left out", "yellow"), soft_wrap=True)
    if content.metadata.mode_reason:
        console.print(f"[yellow]clustered anew[/], as {content.metadata.mode_reason}", soft_wrap=True)
    console.print(checks_table(checks))
    if any(check.blocks for check in checks):
        raise typer.Exit(EXIT_BLOCKED)


@app.command()
def sample() -> None:
    """Make the sample episode's video, with its truth file, and print where it lies."""
    from screenalytics_resources.sample_episode import make_sample_episode

    episode = make_sample_episode(Path(data_root()) / "samples")
    console.print(plain(f"video  {episode.video}"), soft_wrap=True)
    console.print(plain(f"truth  {episode.truth}"), soft_wrap=True)


@app.command()
def packs() -> None:
    """The model packs, their licences, and whether their models are here."""
    from screenalytics_app.actions.status import packs_table

    console.print(packs_table())


@app.command()
def calibrate(
    pack: Annotated[str, typer.Option(help="Model pack; see `packs`.")],
    labels: Annotated[
        Path, typer.Option(help="Folder with one folder of photos a person, or a CSV file: ep_id,track_id,person.")
    ],
    false_accept_rate: Annotated[float, typer.Option(help="Share of strangers that may get a name.")] = 0.002,
    seed: Annotated[int, typer.Option(min=0, help="Another seed splits the people in another way.")] = 20261121,
    output_dir: Annotated[
        Path | None, typer.Option(help="Folder for the pack's file and its plot, instead of config/packs.")
    ] = None,
    data_name: Annotated[str | None, typer.Option(help="What the file calls the data; default: its own name.")] = None,
) -> None:
    """Find a pack's thresholds on one half of labelled people, report them on the other, and write the pack's file."""
    from datetime import UTC, datetime

    from screenalytics_app.actions.calibrate import CalibrationRequest, calibrate_pack, figures_table, summary
    from screenalytics_app.cli.terminal import BarProgress
    from screenalytics_resources.progress import Unrecorded
    from screenalytics_resources.project import config_dir

    request = CalibrationRequest(pack, labels, false_accept_rate, seed, output_dir, data_name)
    progress = BarProgress(console, Unrecorded())
    with progress.bars:
        start = partial(progress.start, pack)
        result = calibrate_pack(request, ArtifactStore(data_root()), config_dir(), datetime.now(UTC).date(), start)
    console.print(figures_table(result))
    for line in summary(result):
        console.print(plain(line), soft_wrap=True)


def main() -> None:
    """Entry point: turns what only the user can mend into one sentence and exit code 2."""
    try:
        app()
    except UserError as error:
        Console(stderr=True).print(plain(error, "error:", "bold red"), soft_wrap=True)
        sys.exit(EXIT_BAD_INPUT)


def process() -> None:
    """`main` as a process of its own, which spends no time on garbage where that would be most of its time."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without UTF-8 gets escapes for characters that it cannot show, as on stderr, and no traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] == ["status"]:
        gc.disable()  # while Dagster is loaded there is nothing to find
    try:
        main()
    finally:
        gc.freeze()  # else every object is looked through at the end, for half a second


if __name__ == "__main__":
    process()
