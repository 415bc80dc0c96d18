"""The whole system while it runs: web server, daemon, and those who receive its alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.live.platform import LivePlatform, live_platform
from tests.resources.notifiers.loopback import HttpScript, SmtpScript, http_server, smtp_server


@dataclass(frozen=True)
class Receivers:
    """Whoever is told: a web hook and a mail server, both on this machine."""

    http: HttpScript
    smtp: SmtpScript

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make the platform's alerts go there."""
        return {
            "SCREENALYTICS_ALERT_WEBHOOK_URL": f"{self.http.url}/alerts",
            "SCREENALYTICS_ALERT_SMTP_URL": f"smtp://127.0.0.1:{self.smtp.port}",
            "SCREENALYTICS_ALERT_MAIL_FROM": "screenalytics@example.org",
            "SCREENALYTICS_ALERT_MAIL_TO": "desk@example.org",
        }


@pytest.fixture
def receivers() -> Iterator[Receivers]:
    with http_server() as http, smtp_server() as smtp:
        yield Receivers(http, smtp)


@pytest.fixture
def platform(tmp_path: Path, receivers: Receivers) -> Iterator[LivePlatform]:
    """The platform, up, with an empty library; its whole process tree is gone after the test."""
    with live_platform(tmp_path / "platform", receivers.environment) as running:
        yield running
