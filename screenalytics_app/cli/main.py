"""The command line: assembles the commands, and maps errors to exit codes.

Exit codes: 0 done, 1 a blocking check failed, 2 invalid input or settings, with one sentence that says why.
"""

import gc
import io
import sys

import typer
from rich.console import Console
from rich.text import Text

from screenalytics_app.actions.errors import user_error
from screenalytics_app.cli.calibrate import calibrate
from screenalytics_app.cli.cast import cast_app
from screenalytics_app.cli.check import check
from screenalytics_app.cli.cleanup import cleanup
from screenalytics_app.cli.dev import dev
from screenalytics_app.cli.evaluate import evaluate
from screenalytics_app.cli.export import export
from screenalytics_app.cli.facebank import facebank_app
from screenalytics_app.cli.identity import identity_app
from screenalytics_app.cli.library import backfill, status
from screenalytics_app.cli.output import show_waits
from screenalytics_app.cli.remove import remove
from screenalytics_app.cli.run import run, sample, show
from screenalytics_app.cli.screentime import screentime
from screenalytics_app.cli.season import season
from screenalytics_app.cli.serve import serve
from screenalytics_app.cli.settings import config, packs
from screenalytics_resources.errors import UserError

EXIT_BAD_INPUT = 2
_GC_THRESHOLD = 50_000
"""New objects per garbage collection. With Python's 700, loading Dagster takes a quarter longer."""
_COLLECT_LATER = ("status", "run", "check", "backfill")
"""Commands that load Dagster, which produces no garbage, and do nothing else before they execute a job, if they do."""

app = typer.Typer(
    help="Who is on screen: from an episode's video to its identities.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
for command in (
    run,
    show,
    status,
    check,
    backfill,
    cleanup,
    evaluate,
    season,
    screentime,
    calibrate,
    export,
    config,
    packs,
    sample,
    remove,
    serve,
    dev,
):
    app.command()(command)
app.add_typer(cast_app, name="cast")
app.add_typer(facebank_app, name="facebank")
app.add_typer(identity_app, name="identity")


def main() -> None:
    """Run the command line; an error that the user can fix becomes one sentence on stderr and exit code 2."""
    show_waits()
    try:
        app()
    except (OSError, UserError) as error:
        known = user_error(error)
        if known is None:
            raise
        from screenalytics_app.cli.refusals import sentence_of

        Console(stderr=True).print(Text.assemble(("error:", "bold red"), f" {sentence_of(known)}"), soft_wrap=True)
        sys.exit(EXIT_BAD_INPUT)


def process() -> None:
    """Run `main` as a process of its own, with few garbage collections."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal without UTF-8 gets escapes for characters that it cannot show, as on stderr, and no traceback.
        sys.stdout.reconfigure(errors="backslashreplace")
    if sys.argv[1:2] and sys.argv[1] in _COLLECT_LATER:
        gc.disable()
    gc.set_threshold(_GC_THRESHOLD)
    try:
        main()
    finally:
        gc.freeze()  # otherwise the collection at exit visits every object, which takes half a second


if __name__ == "__main__":
    process()
