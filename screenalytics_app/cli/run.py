"""The commands `run`, `show` and `sample`."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import (
    EXIT_BLOCKED,
    AsJson,
    ClusterThresh,
    EpId,
    MinClusterSize,
    MinIdentitySim,
    Profile,
    SetPairs,
    Wide,
    open_store,
)
from screenalytics_resources.ui_address import DEFAULT_REVIEW_URL, UI_VARIABLE, ui_address

if TYPE_CHECKING:
    from screenalytics_app.actions.run_episode import RunResult
    from screenalytics_resources.artifact_store import ArtifactStore


def run(
    ep_id: EpId,
    video: Annotated[Path | None, typer.Option(help="Video file; see docs/video.md for the containers.")] = None,
    replace_video: Annotated[
        bool, typer.Option("--replace-video", help="Let --video replace another video, which is kept.")
    ] = False,
    stream: Annotated[
        int | None, typer.Option(min=0, help="Index of the video stream to use if the main one is not the film.")
    ] = None,
    pack: Annotated[str | None, typer.Option(help="Model pack; see `packs`.")] = None,
    stride: Annotated[int | None, typer.Option(help="Analyse every n-th frame.")] = None,
    cluster_thresh: ClusterThresh = None,
    min_cluster_size: MinClusterSize = None,
    min_identity_sim: MinIdentitySim = None,
    profile: Profile = None,
    set_: SetPairs = None,
    from_asset: Annotated[
        str | None, typer.Option("--from", help="Make this asset again, and everything downstream of it.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Truth file to evaluate against; see docs/ground-truth.md.")
    ] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Make the artifacts of an episode that are missing or out of date, and evaluate every check."""
    from screenalytics_app.actions.run_episode import RunRequest, run_episode
    from screenalytics_app.cli.given_settings import given_settings
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_resources.progress import FileProgress

    page = "" if as_json else f"{ui_address()}/assets/identities?view=partitions&partition={ep_id}"
    settings = {
        "pack": pack,
        "stride": stride,
        "cluster_thresh": cluster_thresh,
        "min_cluster_size": min_cluster_size,
        "min_identity_sim": min_identity_sim,
        "profile": profile,
    } | given_settings(set_ or ())
    store = open_store()
    progress = BarProgress(FileProgress(store), as_json)
    with progress.bars:
        request = RunRequest(ep_id, video, settings, from_asset, truth, replace_video=replace_video, stream=stream)
        result = run_episode(request, store, progress)
    if as_json:
        output.write_json(result)
    else:
        _show_result(store, result, page, wide)
    if result.blocked:
        raise typer.Exit(EXIT_BLOCKED)


def show(ep_id: EpId, wide: Wide = False, as_json: AsJson = False) -> None:
    """Show the identities of an episode."""
    from screenalytics_app.actions.cast.assignments import lost_names
    from screenalytics_app.actions.identities import contact_sheet
    from screenalytics_app.actions.moderation.shown import shown_identities
    from screenalytics_app.cli.tables.identities import identities_table

    store = open_store()
    content = shown_identities(store, ep_id)
    if as_json:
        output.write_json(content)
        return
    output.show(identities_table(content, wide), wide)
    output.say_each(lost_names(store, ep_id), label="lost name:", style="yellow")
    output.say_path("contact sheet", contact_sheet(store, ep_id))


def sample() -> None:
    """Make the sample episode: a video and its truth file."""
    from screenalytics_app.actions.sample import make_sample

    episode = make_sample(open_store())
    output.say_path("video", str(episode.video))
    output.say_path("truth", str(episode.truth))


def _show_result(store: "ArtifactStore", result: "RunResult", page: str, wide: bool) -> None:
    from screenalytics_app.actions.dagster_instance import start_command
    from screenalytics_app.actions.identities import contact_sheet
    from screenalytics_app.cli.tables.checks import checks_report
    from screenalytics_assets.settings.episode_settings import settings_text

    if result.ended_runs:
        output.say(f"an earlier run of this episode was killed ({result.ended_runs[0]}); continued where it stopped")
    if result.replaced_cleanups:
        assets = ", ".join(result.replaced_cleanups)
        reason = "because its settings or inputs have changed"
        output.say(f"{assets} ({reason})", label="replaced the result of a cleanup:", style="yellow")
    if result.kept_settings:
        output.say(
            f"{settings_text(result.kept_settings)} (every run uses this; `screenalytics config --ep-id {result.ep_id} "
            f"--unset KEY` removes it)",
            label="kept with the episode:",
        )
    if not result.made:
        output.say("every artifact is up to date; evaluated the checks only (--from ASSET makes them again)")
    _show_identities(store, result, wide)
    output.show(checks_report(result.checks, wide))
    output.say(f"{result.seconds:.1f} s, of which {result.step_seconds:.1f} s in the steps of the assets")
    output.say_path("contact sheet", contact_sheet(store, result.ep_id))
    started = os.environ.get(UI_VARIABLE)  # then the address is that of a UI that runs already, perhaps elsewhere
    output.say_path("in the web UI:" if started else f"in the web UI, after `{start_command()}`:", page)
    if not started:
        output.say_path("to review and name them:", f"{DEFAULT_REVIEW_URL}/review/{result.ep_id}/board")
    if result.blocked:
        output.say("Nothing was built on that result.", label="A blocking check failed.", style="bold red")


def _show_identities(store: "ArtifactStore", result: "RunResult", wide: bool) -> None:
    from screenalytics_app.actions.moderation.shown import shown_identities
    from screenalytics_app.cli.tables.identities import identities_table
    from screenalytics_resources.sealed_files import DamagedArtifactError

    try:
        output.show(identities_table(shown_identities(store, result.ep_id), wide), wide)
    except DamagedArtifactError as error:
        if not result.blocked:
            raise
        output.say(str(error), label="no identities:", style="red")
