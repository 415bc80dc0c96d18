"""Damaged headers: each file is read or refused with one sentence, whichever error FFmpeg and PyAV raise.

`DAMAGED_HEADERS=5000 DAMAGED_HEADERS_SEED=1` in the environment tries others.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.video.frames import FrameSource
from screenalytics_resources.video.probe import probe
from tests.video.films import greys, write_film

FILMS = {
    "film.mp4": {"codec": "libx264", "movflags": "faststart", "preset": "ultrafast"},
    "film.mkv": {"codec": "mpeg4"},
    "film.avi": {"codec": "mpeg4"},
    "film.ts": {"codec": "mpeg2video"},
    "film.flv": {"codec": "flv"},
    "film.wmv": {"codec": "wmv2"},
}
HEADER_BYTES = 1500


def write_films(folder: Path) -> dict[str, bytes]:
    return {name: write_film(folder / name, greys(6), **kinds).read_bytes() for name, kinds in FILMS.items()}


def damaged(films: dict[str, bytes], count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield `count` files with one to twenty bytes of their header changed, removed or repeated, or cut off."""
    generator = random.Random(seed)  # noqa: S311
    names = sorted(films)
    for number in range(count):
        name = names[number % len(names)]
        content = bytearray(films[name])
        for _ in range(generator.randint(1, 20)):
            position = generator.randrange(min(HEADER_BYTES, len(content)))
            kind = generator.random()
            if kind < 0.6:
                content[position] = generator.randrange(256)
            elif kind < 0.8:
                content[position : position + 4] = generator.choice([bytes(4), b"\xff" * 4, b"\x7f\xff\xff\xff"])
            elif kind < 0.9:
                del content[position : position + generator.randint(1, 8)]
            else:
                content[position:position] = content[position : position + generator.randint(1, 64)]
        if generator.random() < 0.1:
            del content[generator.randrange(1, len(content)) :]
        yield name, bytes(content)


def outcome(path: Path) -> str:
    """Probe and decode `path`; returns what happened, and raises anything but `UserError`."""
    try:
        facts = probe(path)
    except UserError as error:
        message = str(error)
        assert message.startswith(str(path)), message
        assert "\n" not in message, message
        return "refused"
    try:
        frames = list(FrameSource(path, facts, 1))
    except UserError:
        return "no frames"
    assert all(frame.image is not None for frame in frames)
    return "read"


def run(folder: Path, count: int, seed: int) -> Counter[str]:
    outcomes: Counter[str] = Counter()
    for name, content in damaged(write_films(folder), count, seed):
        path = folder / f"damaged-{name}"
        path.write_bytes(content)
        outcomes[outcome(path)] += 1
    return outcomes


def test_damaged_headers_are_read_or_refused(tmp_path: Path) -> None:
    count = int(os.environ.get("DAMAGED_HEADERS", "300"))
    outcomes = run(tmp_path, count, int(os.environ.get("DAMAGED_HEADERS_SEED", "0")))
    print(outcomes)
    assert outcomes.total() == count
    assert outcomes["refused"] > count / 10
    assert outcomes["read"] > count / 10


@pytest.mark.parametrize("name", sorted(FILMS))
def test_the_undamaged_films_are_read(tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / name, greys(6), **FILMS[name])
    assert outcome(path) == "read"
