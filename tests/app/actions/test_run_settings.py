"""Which assets explicit settings go to."""

import pytest

from screenalytics_app.actions.run_settings import settings_by_asset
from screenalytics_resources.errors import UserError


def test_settings_go_to_every_asset_that_reads_them(home: object) -> None:
    by_asset = settings_by_asset({"stride": 2, "threads": 1, "profile": "fast_cpu", "linkage": None})
    assert by_asset["tracks"] == {"stride": 2, "threads": 1, "profile": "fast_cpu"}
    assert by_asset["faces"] == {"threads": 1, "profile": "fast_cpu"}
    assert by_asset["identities"] == {"profile": "fast_cpu"}
    with pytest.raises(UserError, match=r"Unknown setting 'strid' in the run's settings\. Did you mean 'stride'"):
        settings_by_asset({"strid": 2})
