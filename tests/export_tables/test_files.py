"""Files of an export: they can be read back, and a failure leaves existing files unchanged."""

import errno
import os
import re
from pathlib import Path

import pandas as pd
import pytest
from pyarrow.parquet import ParquetFile, read_schema

from screenalytics_assets.export_tables.columns import IDENTITIES, TABLES, ExportTable
from screenalytics_assets.export_tables.files import FORMATS, file_name, open_table_files
from screenalytics_assets.export_tables.frames import dtype, episode_frames, frame_of
from screenalytics_assets.export_tables.loaded_episode import load_episode
from screenalytics_resources.project import PROJECT_ROOT
from tests.export_tables.two_episodes import SECOND, write_two_episodes
from tests.tiny_episode import EP_ID

Frames = dict[str, pd.DataFrame]
NAMES = ['Ann "A", Example', "=1+1", "None", "NA", "Zoë\nß", "  spaces  ", None]


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[Frames]:
    """The frames of two episodes."""
    store = write_two_episodes(tmp_path_factory.mktemp("two"))
    return [episode_frames(load_episode(store, ep_id)) for ep_id in (EP_ID, SECOND)]


def write(folder: Path, file_format: str, episodes: list[Frames]) -> None:
    with open_table_files(folder, file_format) as files:
        for frames in episodes:
            files.append(frames)


def read(folder: Path, file_format: str, table: ExportTable) -> pd.DataFrame:
    path = folder / file_name(table, file_format)
    if file_format == "parquet":
        return pd.read_parquet(path)
    types = {column.name: dtype(column) for column in table.columns}
    return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_rows_and_types_are_read_back(
    tmp_path: Path, episodes: list[Frames], file_format: str, table: ExportTable
) -> None:
    write(tmp_path, file_format, episodes)
    expected = pd.concat([frames[table.name] for frames in episodes], ignore_index=True)
    pd.testing.assert_frame_equal(read(tmp_path, file_format, table), expected, check_exact=True)
    assert set(expected["ep_id"]) == {EP_ID, SECOND}


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_folder_with_any_name(tmp_path: Path, episodes: list[Frames], file_format: str) -> None:
    folder = tmp_path / os.fsdecode(b"a[\x1b\n\xe9")
    write(folder, file_format, episodes)
    assert {path.name for path in folder.iterdir()} == {file_name(table, file_format) for table in TABLES}


@pytest.mark.parametrize("file_format", FORMATS)
def test_only_the_tables_are_in_the_folder(tmp_path: Path, episodes: list[Frames], file_format: str) -> None:
    write(tmp_path, file_format, episodes)
    names = ("tracks", "faces", "identities", "assignments")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.{file_format}" for name in names)


def test_each_episode_is_a_row_group(tmp_path: Path, episodes: list[Frames]) -> None:
    write(tmp_path, "parquet", episodes)
    metadata = ParquetFile(tmp_path / "faces.parquet").metadata
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [10, 10]


def test_integers_with_missing_values_are_integers_in_the_files(tmp_path: Path, episodes: list[Frames]) -> None:
    write(tmp_path, "parquet", episodes)
    write(tmp_path, "csv", episodes)
    assert str(read_schema(tmp_path / "faces.parquet").field("embedding_row").type) == "int64"
    column = episodes[0]["faces"].columns.get_loc("embedding_row")
    lines = (tmp_path / "faces.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[column] for line in lines[7:11]] == ["6", "7", "", ""]
    assert sum(line.startswith("ep_id,") for line in lines) == 1


@pytest.mark.parametrize("file_format", FORMATS)
def test_names_with_special_characters_are_preserved(tmp_path: Path, episodes: list[Frames], file_format: str) -> None:
    one = episodes[0]["identities"].iloc[0].to_dict()
    named = frame_of(IDENTITIES, [{**one, "name": name, "cluster_id": None} for name in NAMES])
    write(tmp_path, file_format, [{**episodes[0], "identities": named}])
    names = read(tmp_path, file_format, IDENTITIES)["name"]
    assert [None if pd.isna(name) else name for name in names] == NAMES


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_episode_without_rows_gives_empty_tables(tmp_path: Path, episodes: list[Frames], file_format: str) -> None:
    write(tmp_path, file_format, [{name: frame.iloc[:0] for name, frame in episodes[0].items()}])
    for table in TABLES:
        pd.testing.assert_frame_equal(read(tmp_path, file_format, table), frame_of(table, ()))


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_failure_half_way_leaves_the_old_files(tmp_path: Path, episodes: list[Frames], file_format: str) -> None:
    write(tmp_path, file_format, episodes[:1])
    (tmp_path / "notes.txt").write_text("mine")
    before = contents(tmp_path)
    with pytest.raises(OSError, match="no space"), open_table_files(tmp_path, file_format) as files:
        files.append(episodes[1])
        raise OSError(errno.ENOSPC, "no space")
    assert contents(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == set(before)
    write(tmp_path, file_format, episodes[1:])
    after = contents(tmp_path)
    assert after.keys() == before.keys()
    assert all((after[name] == before[name]) == (name == "notes.txt") for name in before)


def test_without_an_episode_nothing_is_replaced(tmp_path: Path, episodes: list[Frames]) -> None:
    write(tmp_path, "csv", episodes)
    before = contents(tmp_path)
    write(tmp_path, "csv", [])
    assert contents(tmp_path) == before


def test_documented_columns_are_the_written_ones(tmp_path: Path, episodes: list[Frames]) -> None:
    write(tmp_path, "parquet", episodes)
    document = (PROJECT_ROOT / "docs" / "export.md").read_text(encoding="utf-8")
    for table in TABLES:
        section = document.split(f"\n## {table.name}\n")[1].split("\n## ")[0]
        documented = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
        assert documented == read_schema(tmp_path / f"{table.name}.parquet").names
