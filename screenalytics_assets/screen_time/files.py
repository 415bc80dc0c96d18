"""The files of screen time next to the sealed document: one per format.

The files contain names of people, also in pictures, where no search finds them. So they are removed before they are
written again, and the pictures are written last: if a picture exists, the table has the same names.
"""

from collections.abc import Callable, Mapping

from screenalytics_assets.contract.schemas import SCREEN_TIME, SEASON_SCREEN_TIME
from screenalytics_assets.contract.screen_time_records import ScreenTime, SeasonScreenTime
from screenalytics_assets.screen_time.formats.edl import edl
from screenalytics_assets.screen_time.formats.lanes import plotted_episode, plotted_season
from screenalytics_assets.screen_time.formats.otio import otio
from screenalytics_assets.screen_time.formats.plot import draw
from screenalytics_assets.screen_time.formats.tables import episode_csv, parquet, season_csv
from screenalytics_assets.screen_time.formats.webvtt import webvtt
from screenalytics_resources.artifact_store import ArtifactStore

EPISODE_FORMATS: Mapping[str, Callable[[ScreenTime], bytes]] = {
    "csv": episode_csv,
    "vtt": webvtt,
    "otio": otio,
    "edl": edl,
    "parquet": parquet,
    "svg": lambda content: draw(plotted_episode(content), "svg"),
    "png": lambda content: draw(plotted_episode(content), "png"),
}
"""How the files of an episode are made, by the ending of their names, in the order in which they are written."""
SEASON_FORMATS: Mapping[str, Callable[[SeasonScreenTime], bytes]] = {
    "csv": season_csv,
    "parquet": parquet,
    "svg": lambda content: draw(plotted_season(content), "svg"),
    "png": lambda content: draw(plotted_season(content), "png"),
}
"""How the files of a show are made, like those of an episode."""


def episode_files() -> dict[str, str]:
    """Return the names of an episode's files by format, such as `screen_time.csv`."""
    return _names(SCREEN_TIME.file, EPISODE_FORMATS)


def season_files() -> dict[str, str]:
    """Return the names of a show's files by format, such as `season_screen_time.csv`."""
    return _names(SEASON_SCREEN_TIME.file, SEASON_FORMATS)


def write_episode_files(store: ArtifactStore, content: ScreenTime) -> None:
    """Write the files of an episode next to its document."""
    remove_files(store, content.ep_id, episode_files())
    for file_format, make in EPISODE_FORMATS.items():
        store.write(store.manifest(content.ep_id, episode_files()[file_format]), make(content), durable=False)


def write_season_files(store: ArtifactStore, content: SeasonScreenTime) -> None:
    """Write the files of a show next to its document."""
    remove_files(store, content.show, season_files())
    for file_format, make in SEASON_FORMATS.items():
        store.write(store.manifest(content.show, season_files()[file_format]), make(content), durable=False)


def remove_files(store: ArtifactStore, partition: str, names: Mapping[str, str]) -> list[str]:
    """Remove those of the files that exist, pictures first, and return their names."""
    removed = []
    for name in reversed([*names.values()]):
        path = store.manifest(partition, name)
        if path.exists():
            store.place.remove(path)
            removed.append(name)
    return removed


def _names(document: str, formats: Mapping[str, object]) -> dict[str, str]:
    stem = document.removesuffix(".json")
    return {file_format: f"{stem}.{file_format}" for file_format in formats}
