"""The command line as tests of the cast call it, and what it left behind."""

import json
import sys
from pathlib import Path

import cv2
import pytest
from rich.console import Console

from screenalytics_app import cast_cli, cli
from screenalytics_resources.sample_episode import _read_photograph
from screenalytics_resources.sample_shots import FACES
from tests.tiny_episode import EP_ID

A, B = "identity-00001", "identity-00002"
URL = "SCREENALYTICS_DATABASE_URL"


class Screen:
    """Calls the command line in this process and keeps what it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys
        self.out = self.err = ""

    def call(self, *arguments: str) -> int:
        self._monkeypatch.setattr(sys, "argv", ["screenalytics", *arguments])
        for module in (cli, cast_cli):
            self._monkeypatch.setattr(module, "console", Console(width=200))
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


def people(root: Path, show: str) -> dict[str, dict[str, object]]:
    document = json.loads((root / "manifests" / show / "people.json").read_bytes())
    return {person["person_id"]: person for person in document["people"]}


def pictures(root: Path, show: str) -> list[Path]:
    return sorted(path for path in (root / "facebank" / show).rglob("*") if path.is_file())


def photo(folder: Path, person: str, name: str, margin: float = 0.6, more: int = 0) -> Path:
    """A person's face and what is around it; `more` px further to the right."""
    photograph = next(key for key, faces in FACES.items() if person in faces)
    x1, y1, x2, y2 = FACES[photograph][person]
    across, down = margin * (x2 - x1), margin * (y2 - y1)
    picture = _read_photograph(photograph)[
        max(0, int(y1 - down)) : int(y2 + down), max(0, int(x1 - across)) : int(x2 + across) + more
    ]
    path = folder / name
    cv2.imwrite(str(path), picture)
    return path


def say(screen: Screen, identity: str, person: str) -> int:
    return screen.call("cast", "assign", "--ep-id", EP_ID, "--identity", identity, "--person", person)
