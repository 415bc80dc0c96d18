"""Calls the command line in the test's own process."""

import json
import sys
from typing import Any

import pytest
from rich.console import Console, RenderableType

from screenalytics_app.cli import main as cli
from screenalytics_app.cli import output


def rendered(part: RenderableType, width: int) -> str:
    """Return a table as a terminal of `width` columns shows it."""
    console = Console(width=width)
    with console.capture() as capture:
        console.print(part)
    return capture.get()


class Screen:
    """Calls the command line in this process and keeps its output."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = self.err = ""

    def call(self, *arguments: str, width: int = 250) -> int:
        """Run a command in a terminal of `width` columns; return its exit code."""
        self._monkeypatch.setattr(sys, "argv", ["screenalytics", *arguments])
        self._monkeypatch.setattr(output, "console", Console(width=width))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        return int(stop.value.code or 0)

    def refused(self, *arguments: str) -> str:
        """Run a command that must exit with 2 and one sentence; return the sentence."""
        assert self.call(*arguments) == 2
        assert self.err.count("error:") == 1
        return " ".join(self.err.split())

    def json(self, *arguments: str) -> Any:
        """Run a command with `--json`, which must succeed; return the record that it wrote."""
        assert self.call(*arguments, "--json") == 0
        return json.loads(self.out)
