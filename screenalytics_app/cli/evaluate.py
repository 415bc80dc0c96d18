"""The command `evaluate`."""

from pathlib import Path
from typing import Annotated

import typer

from screenalytics_app.cli import output
from screenalytics_app.cli.options import AsJson, EpId, Wide, open_store
from screenalytics_resources.errors import UserError


def evaluate(
    ep_id: EpId,
    truth: Annotated[Path | None, typer.Option(help="Truth file to use instead of the episode's own.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Compare later evaluations with this one.")] = False,
    sample: Annotated[int | None, typer.Option(help="Write a review sheet of this many drawn identities.")] = None,
    reviewed: Annotated[Path | None, typer.Option(help="Estimate from a review sheet that was filled in.")] = None,
    wide: Wide = False,
    as_json: AsJson = False,
) -> None:
    """Measure how right the stored identities are, against a truth file or a reviewed sample."""
    from screenalytics_app.actions import evaluate as actions
    from screenalytics_app.cli.tables.evaluation import estimates_table, evaluation_report

    store = open_store()
    _refuse_contradictions(truth, accept, sample, reviewed, as_json)
    if sample is not None:
        output.say_path("review sheet", actions.write_review_sheet(store, ep_id, sample))
        return
    if reviewed is not None:
        output.show(estimates_table(actions.estimate_from_review(store, ep_id, reviewed), ep_id))
        return
    result = actions.accept_stored(store, ep_id) if accept else actions.evaluate_stored(store, ep_id, truth)
    if as_json:
        output.write_json(result)
        return
    output.show(evaluation_report(result, wide), wide)
    if accept:
        output.say("accepted: the check on identity_evaluation compares later evaluations with this one")


def _refuse_contradictions(
    truth: Path | None, accept: bool, sample: int | None, reviewed: Path | None, as_json: bool
) -> None:
    if as_json and (sample is not None or reviewed is not None):
        raise UserError("--json shows an evaluation against a truth: leave it out with --sample and --reviewed.")
    if sum(option is not None for option in (truth, sample, reviewed)) + accept > 1:
        raise UserError(
            "--truth, --accept, --sample and --reviewed each request another evaluation: give one of them "
            "(--accept uses the episode's own truth file, which `run --truth FILE` stores)."
        )
