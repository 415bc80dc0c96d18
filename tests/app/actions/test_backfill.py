"""The choice of episodes of a backfill by hand, without a daemon."""

import time
from pathlib import Path

import pytest
from dagster import DagsterRunStatus
from dagster._core.test_utils import create_run_for_test

from screenalytics_app.actions import backfill
from screenalytics_app.actions.backfill import BackfillRequest, plan_backfill
from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_assets.dagster_support.dead_runs import QUIET_S
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.run_tags import COMMAND_LINE, PARTITION_TAG, STARTED_BY_TAG

EP_ID = "show-s01e01"


@pytest.mark.parametrize("status", [DagsterRunStatus.STARTED, DagsterRunStatus.NOT_STARTED])
@pytest.mark.parametrize(
    ("later_s", "chosen"),
    [pytest.param(QUIET_S / 2, [], id="just now"), pytest.param(2 * QUIET_S, [EP_ID], id="silent")],
)
def test_an_episode_whose_run_was_killed_is_chosen_again(
    home: Path, monkeypatch: pytest.MonkeyPatch, status: DagsterRunStatus, later_s: float, chosen: list[str]
) -> None:
    video = home / "videos" / EP_ID / "episode.mp4"
    video.parent.mkdir(parents=True)
    video.write_bytes(b"film")
    with open_instance() as instance:
        create_run_for_test(
            instance, job_name="episode", status=status, tags={PARTITION_TAG: EP_ID, STARTED_BY_TAG: COMMAND_LINE}
        )
    now = time.time() + later_s
    monkeypatch.setattr(backfill.time, "time", lambda: now)
    plan = plan_backfill(BackfillRequest(), ArtifactStore(str(home)))
    assert [state.ep_id for state in plan.chosen] == chosen
