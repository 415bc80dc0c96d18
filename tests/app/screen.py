"""The command line, called in the test's own process."""

import sys

import pytest
from rich.console import Console

from screenalytics_app.cli import cast as cast_cli
from screenalytics_app.cli import main as cli


class Screen:
    """Calls the command line in this process and keeps what it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = self.err = ""

    def call(self, *arguments: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["screenalytics", *arguments])
        for module in (cli, cast_cli):
            self._monkeypatch.setattr(module, "console", Console(width=250))
        with pytest.raises(SystemExit) as stop:
            cli.main()
        self.out, self.err = self._capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        return int(stop.value.code or 0)

    def refused(self, *arguments: str) -> str:
        """The one sentence that says why; nothing else counts as refused."""
        assert self.call(*arguments) == 2
        assert self.err.count("error:") == 1
        return " ".join(self.err.split())

    def rows(self) -> list[list[str]]:
        """The cells of the table that was printed, without its head."""
        lines = [line for line in self.out.splitlines() if line.startswith("│")]
        return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
