"""`--set KEY=VALUE`: valid and invalid pairs."""

from typing import Any

import pytest

from screenalytics_app.cli.given_settings import given_settings
from screenalytics_resources.errors import UserError


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        pytest.param([], {}, id="none"),
        pytest.param(["stride=2", "gate_enabled=false"], {"stride": 2, "gate_enabled": False}, id="number-and-switch"),
        pytest.param(["max_gap_s=1.5e1", "stride=-0", "x=+3"], {"max_gap_s": 15.0, "stride": 0, "x": 3}, id="numbers"),
        pytest.param(["a=1:30", "b=010", "c=0x1f"], {"a": "1:30", "b": "010", "c": "0x1f"}, id="other-numbers"),
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
        pytest.param("stride", "'stride' is not a setting: write KEY=VALUE", id="no-value"),
        pytest.param("=2", "'=2' is not a setting", id="no-key"),
        pytest.param("stride=", "'stride=' is not a setting", id="empty"),
        pytest.param("stride=[1, 2]", "needs one plain value", id="list"),
        pytest.param("stride=null", "needs one plain value", id="null"),
        pytest.param("stride={", "has no readable value", id="no-yaml"),
        pytest.param("stride=" + "[" * 5000, "has no readable value", id="nested-deeply"),
        pytest.param("stride=!!int x", "has no readable value", id="value-of-another-type"),
    ],
)
def test_invalid_pairs_are_refused(pair: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        given_settings([pair])
