"""A library of videos, good ones and one of each faulty kind, each with its expected outcome."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np

from benchmarks.live.films import EMPTY_SHOT, PEOPLE, Shot, write_film


@dataclass(frozen=True)
class Film:
    """One file of the library.

    Attributes:
        refused: part of the sensor's message if it refuses the file.
        blocked: whether a check blocks the episode's run.
        alerts: asset, check and state of every alert of the episode. The failure of a run has no asset.
    """

    file: str
    refused: str = ""
    blocked: bool = False
    alerts: frozenset[tuple[str, str, str]] = field(default_factory=frozenset)

    @property
    def ep_id(self) -> str:
        return Path(self.file).stem


GOOD = tuple(Film(f"good-s01e{number:02d}.mp4") for number in range(1, 8))
GROWING = Film("growing-s01e01.mkv")
NO_FACES = Film("scenery-s01e01.mp4")
NO_INDEX = Film("noindex-s01e01.mp4", refused="cannot be read as a video")
CUT_OFF = Film("cutoff-s01e01.mkv", alerts=frozenset({("tracks", "video_decoded_whole", "WARN")}))
AUDIO_ONLY = Film(
    "audio-s01e01.mp4", refused="has no video stream (it contains: audio). Give a file with a video stream"
)
GUARDRAIL = Film(
    "crowd-s01e01.mp4",
    blocked=True,
    alerts=frozenset(
        {
            ("identities", "largest_cluster_fraction", "ERROR"),
            ("identities", "num_clusters", "WARN"),
            ("identities", "avg_cluster_size", "WARN"),
            ("", "run_succeeds", "ERROR"),
        }
    ),
)
MERGED = {"cluster_thresh": -1.0, "min_identity_sim": -1.0, "guardrail_min_tracks": 10}
"""Settings kept with `GUARDRAIL`: they put its five people into one identity, whose 18 tracks are enough to block."""
LIBRARY = (*GOOD, GROWING, NO_FACES, NO_INDEX, CUT_OFF, AUDIO_ONLY, GUARDRAIL)
EXPECTED_ALERTS = {
    *((film.ep_id, *alert) for film in LIBRARY for alert in film.alerts),
    *((f"videos/{film.file}", "", "video_is_usable", "ERROR") for film in LIBRARY if film.refused),
}

_FULL_CAST = [*PEOPLE[:5], *PEOPLE[:5]]
_ONE_EVERYWHERE = [*PEOPLE[:1] * 17, *PEOPLE[1:5] * 2]
"""The first of five people is in 17 of 25 shots."""
_GROWING_CAST = [PEOPLE[number] for number in (0, 1, 0, 1, 0, 2, 3, 2, 3, 4, 5, 4, 5)]
"""Two shots of one person in a row are one shot if the picture stays. Without its end only the last person is alone."""


def make_library(folder: Path) -> None:
    """Write every file of `LIBRARY` into `folder`, the growing one in its final state."""
    folder.mkdir(parents=True)
    for index, film in enumerate((*GOOD[:2], GROWING)):
        write_film(folder / film.file, _shots(_FULL_CAST[index:] + _FULL_CAST[:index]))
    for film in GOOD[2:]:
        shutil.copy(folder / GOOD[0].file, folder / film.file)
    write_film(folder / NO_FACES.file, _shots([EMPTY_SHOT] * 3))
    write_film(folder / GUARDRAIL.file, _shots(_ONE_EVERYWHERE))
    write_film(folder / CUT_OFF.file, _shots(_GROWING_CAST))
    _truncate(folder / CUT_OFF.file, 11.6 / 13)
    write_film(folder / NO_INDEX.file, _shots(_FULL_CAST[:2]))
    _truncate(folder / NO_INDEX.file, 0.6)  # an MP4 has its index at the end
    _write_tone(folder / AUDIO_ONLY.file)


def _shots(people: Sequence[str]) -> list[Shot]:
    return [(person, person) for person in people]


def _truncate(path: Path, share: float) -> None:
    """Truncate a file to its first `share`."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def _write_tone(path: Path) -> None:
    rate, seconds = 44_100, 3
    wave = (8000 * np.sin(2 * np.pi * 440 * np.arange(rate * seconds) / rate)).astype(np.int16)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(wave[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
