"""The cast database and shows of the tests of `facebank`, and a data root for mirrors."""

from pathlib import Path

import pytest

from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.facebank.cast_store import CastStore
from tests.resources.decisions.log_bench import LogBench
from tests.resources.facebank.conftest import cast, show

__all__ = ["cast", "show"]


@pytest.fixture(params=["episode", "show"])
def bench(tmp_path: Path, cast: CastStore, show: str, request: pytest.FixtureRequest) -> LogBench:
    """The log of an episode or a show that no other test uses, with its own data root."""
    log_id = show if request.param == "show" else f"{show}-s01e01"
    return LogBench(ArtifactStore(str(tmp_path)), cast, log_id)
