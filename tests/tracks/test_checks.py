"""Check of the seconds analysed, at its bound and on artifacts of earlier versions."""

import json
from typing import cast

import pytest

from screenalytics_assets.contract.schemas import TrackMetrics, Tracks
from screenalytics_assets.settings.stages import GuardrailSettings
from screenalytics_assets.tracks.checks import Loaded, video_analysed_throughout
from screenalytics_resources.artifact_store import ArtifactStore
from tests.tiny_episode import make_metrics


def loaded(metrics: TrackMetrics) -> Loaded:
    documents = {"track_metrics.json": metrics}
    tracks = Tracks(metrics.ep_id, [], None, metrics.model_pack, documents)  # type: ignore[arg-type]
    return Loaded(cast(ArtifactStore, None), tracks, GuardrailSettings())


@pytest.mark.parametrize(
    ("seconds", "duration", "passed"),
    [
        pytest.param(20.0, 20.0, True, id="all"),
        pytest.param(18.0, 20.0, True, id="at-the-bound"),
        pytest.param(17.9, 20.0, False, id="below-the-bound"),
        pytest.param(0.0, 20.0, False, id="none"),
        pytest.param(0.0, 0.0, True, id="empty"),
        pytest.param(None, 20.0, True, id="not-recorded"),
    ],
)
def test_seconds_analysed(seconds: float | None, duration: float, passed: bool) -> None:
    outcome = video_analysed_throughout(loaded(make_metrics(seconds_analysed=seconds, duration_s=duration)))
    assert outcome.passed == passed


def test_metrics_of_earlier_versions_are_readable() -> None:
    stored = json.loads(make_metrics().model_dump_json())
    del stored["seconds_analysed"]
    assert TrackMetrics.model_validate(stored).seconds_analysed is None
