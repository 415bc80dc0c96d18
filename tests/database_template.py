"""Databases of the cast for tests: copies of one that was created once, without syncing to the disk."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from screenalytics_resources.facebank.cast_store import open_cast_store
from screenalytics_resources.facebank.file_locks import locked
from screenalytics_resources.facebank.server_process import ServerProcess

CREATE = ServerProcess._create_data_folder


@contextmanager
def copied_databases(template: Path) -> Iterator[None]:
    """Let new databases of this process be copies of the folder `template`, which the first user creates.

    PostgreSQL takes seconds to create a database and to sync it. A copy has the tables already, and its commits are not
    synced, which matters only if the machine loses power.
    """

    def copy(server: ServerProcess) -> None:
        with locked(template.with_suffix(".lock")):
            if not template.exists():
                create_template(template)
        shutil.copytree(template, server.data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerProcess, "_create_data_folder", copy)
        yield


def create_template(template: Path) -> None:
    """Create a database with its tables, and move its files to `template`."""
    root = template.with_suffix(".partial")
    shutil.rmtree(root, ignore_errors=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerProcess, "_create_data_folder", CREATE)
        patch.delenv("SCREENALYTICS_DATABASE_URL", raising=False)
        with open_cast_store(str(root)):
            pass
    data = root / "database" / "data"
    with (data / "postgresql.conf").open("a") as settings:
        settings.write("fsync = off\n")
    data.rename(template)
