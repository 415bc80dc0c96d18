"""Options that several commands share, and the store that all of them use."""

from typing import Annotated

import typer

from screenalytics_resources.artifact_store import ArtifactStore, data_root

EXIT_BLOCKED = 1
"""Exit code of a command after which a blocking check failed."""

EpId = Annotated[str, typer.Option("--ep-id", help="Episode, such as demo-s01e01.")]
Show = Annotated[str, typer.Option(help="Show, such as demo.")]
PersonId = Annotated[str, typer.Option("--person", help="Person, such as ada-example.")]
SeedId = Annotated[str, typer.Option("--seed", help="Reference face; see `facebank list`.")]
Profile = Annotated[str | None, typer.Option(help="fast_cpu (low_power), balanced or high_accuracy.")]
SetPairs = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Any setting; `config` lists them. Can be repeated."),
]
ClusterThresh = Annotated[float | None, typer.Option(help="Similarity at which clusters merge.")]
MinClusterSize = Annotated[int | None, typer.Option(help="Smaller clusters are split into single tracks.")]
MinIdentitySim = Annotated[float | None, typer.Option(help="Tracks with a lower similarity leave their identity.")]
Wide = Annotated[bool, typer.Option("--wide", help="All columns and full sentences.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write the result as JSON to stdout, and nothing else.")]


def open_store() -> ArtifactStore:
    """Return the store of the configured data root. Raises `UserError` if the root is a file."""
    store = ArtifactStore(data_root())
    store.check_root()
    return store
