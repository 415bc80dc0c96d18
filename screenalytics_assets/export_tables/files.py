"""The files of an export: written episode by episode below a temporary folder, then renamed into place."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from screenalytics_assets.export_tables.columns import TABLES, ExportTable
from screenalytics_assets.export_tables.frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

TEMPORARY_PREFIX = ".export-"
Append = Callable[["pd.DataFrame"], None]


class TableFiles:
    """One open file per table. Each call of `append` adds the rows of one episode."""

    def __init__(self, appends: Mapping[str, Append]) -> None:
        self._appends = appends
        self.rows = dict.fromkeys(appends, 0)
        self.episodes = 0

    def append(self, frames: Mapping[str, "pd.DataFrame"]) -> None:
        """Add one episode's frames, by table name."""
        for name, append in self._appends.items():
            append(frames[name])
            self.rows[name] += len(frames[name])
        self.episodes += 1


@contextmanager
def open_table_files(folder: Path, file_format: str) -> Iterator[TableFiles]:
    """Yield files that replace those in `folder` when the block ends; create the folder if it is missing.

    If the block fails or appends no episode, the files in `folder` stay as they are. Each file is renamed in one step,
    but the four are renamed one after the other. A killed process leaves at most a hidden folder `.export-*`, which no
    reader mistakes for a result.

    Raises:
        OSError: the folder is not writable, or the disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=folder) as temporary:
        names = {table.name: file_name(table, file_format) for table in TABLES}
        with ExitStack() as opened:
            appends = {
                table.name: opened.enter_context(FORMATS[file_format](Path(temporary) / names[table.name], table))
                for table in TABLES
            }
            files = TableFiles(appends)
            yield files
        if not files.episodes:
            return
        for name in names.values():
            _sync(Path(temporary) / name)
        for name in names.values():
            (Path(temporary) / name).replace(folder / name)


def file_name(table: ExportTable, file_format: str) -> str:
    """Return the file name of a table, such as `tracks.parquet`."""
    return f"{table.name}.{file_format}"


def _sync(path: Path) -> None:
    """Flush a file to the disk, so that a crash after the rename cannot leave an empty one."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


@contextmanager
def _parquet_file(path: Path, table: ExportTable) -> Iterator[Append]:
    """Write one row group per appended frame."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = arrow_schema(table)
    with path.open("wb") as file, ParquetWriter(file, schema) as writer:  # Arrow takes only paths that are UTF-8
        yield lambda frame: writer.write_table(pa.Table.from_pandas(frame, schema, preserve_index=False))


@contextmanager
def _csv_file(path: Path, table: ExportTable) -> Iterator[Append]:
    """Write UTF-8 with a header line; a missing value is an empty field."""
    with path.open("w", encoding="utf-8", newline="") as file:
        frame_of(table, ()).to_csv(file, index=False, lineterminator="\n")
        yield lambda frame: frame.to_csv(file, index=False, header=False, lineterminator="\n")


def arrow_schema(table: ExportTable) -> Any:
    """Return the Arrow schema of a table, with the metadata by which pandas restores its types."""
    import pyarrow as pa

    types = {"string": pa.string(), "integer": pa.int64(), "float": pa.float64(), "boolean": pa.bool_()}
    schema = pa.schema([(column.name, types[column.kind]) for column in table.columns])
    return pa.Table.from_pandas(frame_of(table, ()), schema, preserve_index=False).schema


FORMATS: Mapping[str, Callable[[Path, ExportTable], AbstractContextManager[Append]]] = {
    "parquet": _parquet_file,
    "csv": _csv_file,
}
"""How a file of each format is opened."""
