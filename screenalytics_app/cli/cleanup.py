"""The command `cleanup`."""

from dataclasses import replace
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

if TYPE_CHECKING:
    from screenalytics_app.actions.cleanup import CleanupRequest
    from screenalytics_app.actions.run_episode import RunResult
    from screenalytics_resources.artifact_store import ArtifactStore


def cleanup(
    ep_id: EpId,
    actions: Annotated[
        list[str] | None,
        typer.Option(help="split_tracks, reembed, recluster, group_clusters; separated by commas. Default: all."),
    ] = None,
    profile: Profile = None,
    write_back: Annotated[
        bool, typer.Option("--write-back", help="Replace the artifacts, either all or none of them.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace them even if a guardrail gets worse.")] = False,
    cluster_thresh: ClusterThresh = None,
    min_cluster_size: MinClusterSize = None,
    min_identity_sim: MinIdentitySim = None,
    min_quality: Annotated[float | None, typer.Option(help="Quality score below which reembed rejects a face.")] = None,
    set_: SetPairs = None,
    restore: Annotated[
        int | None, typer.Option(metavar="N", help="Restore the N-th last set of artifacts that was replaced.")
    ] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Split mixed tracks, reject poor faces, cluster again and name identities; a preview without --write-back."""
    from screenalytics_app.actions.cleanup import CleanupRequest
    from screenalytics_app.cli.given_settings import given_settings
    from screenalytics_assets.contract.cleanup_records import PHASES

    store = open_store()
    if restore is not None:
        blocked = _restore(store, ep_id, restore, wide, as_json)
    else:
        settings = {
            "profile": profile,
            "cluster_thresh": cluster_thresh,
            "min_cluster_size": min_cluster_size,
            "min_identity_sim": min_identity_sim,
            "cleanup_min_quality": min_quality,
        } | given_settings(set_ or ())
        phases = [name for given in actions or PHASES for name in given.replace(",", " ").split()]
        request = CleanupRequest(ep_id, phases, settings, write_back, force)
        blocked = _clean(store, request, wide, as_json)
    if blocked:
        raise typer.Exit(EXIT_BLOCKED)


def _clean(store: "ArtifactStore", request: "CleanupRequest", wide: bool, as_json: bool) -> bool:
    """Clean up and show the result; return whether it was refused or a blocking check failed after it."""
    from screenalytics_app.actions.cleanup import run_cleanup
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_app.cli.tables.cleanup import report_table, summary
    from screenalytics_resources.progress import FileProgress

    progress = BarProgress(FileProgress(store), as_json)
    with progress.bars:
        result = run_cleanup(request, store, progress)
    if not as_json:
        output.show(report_table(result.report))
        for sentence in summary(result.report):
            output.say(sentence)
    if result.report.promoted:
        result = replace(result, rebuilt=_rebuild(store, request.ep_id, wide, as_json))
    if as_json:
        output.write_json(result)
    return bool(result.report.refused or (result.rebuilt and result.rebuilt.blocked))


def _restore(store: "ArtifactStore", ep_id: str, number: int, wide: bool, as_json: bool) -> bool:
    from screenalytics_app.actions.cleanup import restore

    restored = restore(store, ep_id, number)
    if not as_json:
        output.say(f"restored the set that was replaced at {restored.replaced_at:%Y-%m-%d %H:%M:%S} UTC")
    rebuilt = _rebuild(store, ep_id, wide, as_json)
    if as_json:
        output.write_json(replace(restored, rebuilt=rebuilt))
    return rebuilt.blocked


def _rebuild(store: "ArtifactStore", ep_id: str, wide: bool, as_json: bool) -> "RunResult":
    from screenalytics_app.actions.cleanup import rebuild
    from screenalytics_app.cli.progress_bars import BarProgress
    from screenalytics_app.cli.tables.checks import checks_report
    from screenalytics_resources.progress import FileProgress

    progress = BarProgress(FileProgress(store), as_json)
    with progress.bars:
        result = rebuild(store, ep_id, progress)
    if not as_json:
        output.say(f"made again: {', '.join(result.made)}" if result.made else "nothing had to be made again")
        output.show(checks_report(result.checks, wide))
    return result
