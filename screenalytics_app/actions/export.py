"""Export of stored artifacts as flat tables, one file per table over all exported episodes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from screenalytics_assets.export_tables.columns import TABLES
from screenalytics_assets.export_tables.files import FORMATS, file_name, open_table_files
from screenalytics_assets.export_tables.frames import episode_frames
from screenalytics_assets.export_tables.loaded_episode import LoadedEpisode, load_episode
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.episode_id import parse_ep_id, parse_show
from screenalytics_resources.errors import UserError
from screenalytics_resources.progress import Progress


@dataclass(frozen=True)
class ExportRequest:
    """Which episodes to export and where to. Exactly one of `ep_id` and `show` is given."""

    ep_id: str | None
    show: str | None
    file_format: str
    out: str


@dataclass(frozen=True)
class ExportedFile:
    """A file that was written, and its number of rows."""

    path: Path
    rows: int


@dataclass(frozen=True)
class LeftOutEpisode:
    """An episode that is not in the files, and a sentence that says why."""

    ep_id: str
    why: str


@dataclass(frozen=True)
class ExportResult:
    """The files that were written, the episodes in them, and the episodes left out; no files without an episode."""

    files: Sequence[ExportedFile]
    episodes: Sequence[str]
    left_out: Sequence[LeftOutEpisode]


def export_artifacts(request: ExportRequest, store: ArtifactStore, progress: Progress) -> ExportResult:
    """Write the tables of the requested episodes. Only one episode is in memory at a time.

    An episode with a missing, damaged or outdated artifact is left out. If all are left out, no file is touched.

    Raises:
        UserError: no such episode or show, an unknown format, or a folder that cannot be written to. The folder's
            files are then as they were.
    """
    episodes = _episodes(request, store)
    folder = _folder(request)
    exported: list[str] = []
    left_out: list[LeftOutEpisode] = []
    report = progress.start(request.show or episodes[0], "export", len(episodes), "episodes")
    try:
        with open_table_files(folder, request.file_format) as files:
            for done, ep_id in enumerate(episodes, start=1):
                loaded = _load(store, ep_id)
                if isinstance(loaded, LeftOutEpisode):
                    left_out.append(loaded)
                else:
                    files.append(episode_frames(loaded))
                    exported.append(ep_id)
                report(done)
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written to ({error.strerror or error}). Choose another folder or free some space."
        ) from error
    written = [
        ExportedFile(folder / file_name(table, request.file_format), files.rows[table.name])
        for table in (TABLES if exported else ())
    ]
    return ExportResult(written, exported, left_out)


def _episodes(request: ExportRequest, store: ArtifactStore) -> list[str]:
    """The requested episodes, in order of name; at least one."""
    if (request.ep_id is None) == (request.show is None):
        raise UserError("Give either --ep-id for one episode or --show for every episode of a show.")
    if request.ep_id is not None:
        wanted = parse_ep_id(request.ep_id).text
        episodes = [ep_id for ep_id in store.episodes() if ep_id == wanted]
        missing = f"There is no episode {wanted!r}"
    else:
        show = parse_show(request.show or "")
        episodes = [ep_id for ep_id in store.episodes() if parse_ep_id(ep_id).show == show]
        missing = f"The show {show!r} has no episodes"
    if not episodes:
        raise UserError(f"{missing} in {store.root}: `screenalytics status` lists the episodes.")
    return episodes


def _folder(request: ExportRequest) -> Path:
    """The folder to write to, which need not exist yet."""
    if request.file_format not in FORMATS:
        raise UserError(f"{request.file_format!r} is not an export format: choose {' or '.join(FORMATS)}.")
    if "://" in request.out:
        raise UserError(f"--out {request.out} is not a folder on this machine: export to a local folder, then copy it.")
    folder = Path(request.out)
    if folder.exists() and not folder.is_dir():
        raise UserError(f"--out {folder} is a file: give a folder.")
    for table in TABLES:
        target = folder / file_name(table, request.file_format)
        if target.is_dir():
            raise UserError(f"{target} is a folder where a file would be written: choose another --out.")
    return folder


def _load(store: ArtifactStore, ep_id: str) -> LoadedEpisode | LeftOutEpisode:
    try:
        return load_episode(store, ep_id)
    except UserError as error:
        return LeftOutEpisode(ep_id, str(error))
    except OSError as error:
        return LeftOutEpisode(ep_id, f"Its files cannot be read ({error}): check their permissions.")
