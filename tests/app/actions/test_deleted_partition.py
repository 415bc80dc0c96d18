"""A partition that is deleted in the UI while a run is in progress: the run ends as usual and does not restore it."""

from typing import Any

import pytest

from screenalytics_app.actions.dagster_instance import open_instance
from screenalytics_app.actions.run_episode import RunRequest, run_episode
from screenalytics_assets.identities import asset as module
from screenalytics_resources.progress import Unrecorded
from tests.tiny_episode import EP_ID, write_tiny_episode


def test_a_partition_deleted_during_a_run_stays_deleted(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store = write_tiny_episode(home)
    identify = module.identify_episode

    def deleting(*arguments: Any) -> Any:
        with open_instance() as instance:
            instance.delete_dynamic_partition("episodes", EP_ID)
        return identify(*arguments)

    monkeypatch.setattr(module, "identify_episode", deleting)
    result = run_episode(RunRequest(EP_ID, None, {}, from_asset="identities"), store, Unrecorded())
    assert result.made[0] == "identities"
    with open_instance() as instance:
        assert instance.get_dynamic_partitions("episodes") == []
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.is_success
