"""The complete running system: web server, daemon, and receivers of its alerts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.live.platform import QUICK_SENSORS, LivePlatform, live_platform
from tests.resources.notifiers.loopback import HttpScript, SmtpScript, http_server, smtp_server


@dataclass(frozen=True)
class Receivers:
    """Receivers of alerts on this machine: a webhook and a mail server."""

    http: HttpScript
    smtp: SmtpScript

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that send the platform's alerts to these receivers."""
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
    """The running platform with an empty library. All its processes are ended after the test."""
    with live_platform(tmp_path / "platform", receivers.environment | QUICK_SENSORS) as running:
        yield running
