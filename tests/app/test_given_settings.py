"""`--set KEY=VALUE`: what it reads, and what it refuses."""

from typing import Any

import pytest

from screenalytics_app.actions.given_settings import given_settings
from screenalytics_app.actions.run_episode import settings_by_asset
from screenalytics_resources.errors import UserError


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["stride=2", "gate_enabled=false"], {"stride": 2, "gate_enabled": False}, id="number-and-switch"),
        pytest.param(["linkage=complete"], {"linkage": "complete"}, id="word"),
        pytest.param(["cluster_thresh=-0.5"], {"cluster_thresh": -0.5}, id="negative"),
        pytest.param(["stride=2", "stride=3"], {"stride": 3}, id="the-last-one-counts"),
    ],
)
def test_pairs(pairs: list[str], found: dict[str, Any]) -> None:
    assert given_settings(pairs) == found


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        pytest.param("stride", "'stride' is no setting: write KEY=VALUE", id="no-value"),
        pytest.param("=2", "'=2' is no setting", id="no-key"),
        pytest.param("stride=", "'stride=' is no setting", id="empty"),
        pytest.param("stride=[1, 2]", "needs one plain value", id="list"),
        pytest.param("stride=null", "needs one plain value", id="null"),
        pytest.param("stride={", "has no readable value", id="no-yaml"),
    ],
)
def test_what_is_no_pair(pair: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        given_settings([pair])


def test_settings_go_to_every_asset_that_reads_them(home: object) -> None:
    by_asset = settings_by_asset({"stride": 2, "threads": 1, "profile": "fast_cpu", "linkage": None})
    assert by_asset["tracks"] == {"stride": 2, "threads": 1, "profile": "fast_cpu"}
    assert by_asset["faces"] == {"threads": 1, "profile": "fast_cpu"}
    assert by_asset["identities"] == {"profile": "fast_cpu"}
    with pytest.raises(UserError, match=r"Unknown setting 'strid' in the run's settings\. Did you mean 'stride'"):
        settings_by_asset({"strid": 2})
