"""Address of the web UI."""

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.ui_address import ui_address


@pytest.mark.parametrize(
    ("given", "address"),
    [
        pytest.param("https://ui.example.org/dagster/", "https://ui.example.org/dagster", id="path"),
        pytest.param("http://10.0.0.5:3000", "http://10.0.0.5:3000", id="port"),
        pytest.param("", "http://127.0.0.1:3000", id="default"),
    ],
)
def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, given: str, address: str) -> None:
    monkeypatch.setenv("SCREENALYTICS_UI_URL", given)
    assert ui_address() == address


@pytest.mark.parametrize("given", ["javascript:alert(1)", "ui.example.org", "http://a b"])
def test_an_invalid_address_is_refused(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("SCREENALYTICS_UI_URL", given)
    with pytest.raises(UserError, match="SCREENALYTICS_UI_URL = "):
        ui_address()
