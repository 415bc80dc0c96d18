"""Files that the user names: regular files of limited size, and everything else that a path can be."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from screenalytics_resources.errors import UserError
from screenalytics_resources.regular_file import read_regular_file

MAX = 1000


def fifo(path: Path) -> None:
    os.mkfifo(path)


def bound_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # an absolute path can be too long for a socket


def link_to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 10**13)


@pytest.mark.parametrize("size", [0, 1, MAX])
@pytest.mark.parametrize("name", [b"plain", b"latin\xe9", b"a[/b]", b"esc\x1b[2J", b"two\nlines"])
def test_regular_files_are_read(tmp_path: Path, name: bytes, size: int) -> None:
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(bytes(size))
    assert read_regular_file(path, MAX) == bytes(size)


def test_a_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to("file")
    assert read_regular_file(tmp_path / "link", MAX) == b"content"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(fifo, "odd is a device or a pipe, not a regular file: save its content", id="fifo"),
        pytest.param(link_to("/dev/zero"), "odd is a device or a pipe", id="endless-device"),
        pytest.param(link_to("/dev/null"), "odd is a device or a pipe", id="empty-device"),
        pytest.param(bound_socket, r"odd cannot be read \(No such device or address\): check the path", id="socket"),
        pytest.param(Path.mkdir, r"odd cannot be read \(Is a directory\)", id="folder"),
        pytest.param(lambda path: None, r"odd cannot be read \(No such file or directory\)", id="missing"),
        pytest.param(link_to("odd"), r"odd cannot be read \(Too many levels of symbolic links\)", id="link-to-itself"),
        pytest.param(
            lambda path: path.write_bytes(bytes(MAX + 1)),
            r"odd has 0\.0 MB, and the limit is 0\.0 MB",
            id="one-too-many",
        ),
        pytest.param(sparse, r"odd has 10,000,000\.0 MB, and the limit", id="larger-than-memory"),
        pytest.param(link_to("/proc/self/maps"), "odd has .* MB, and the limit", id="size-unknown-beforehand"),
    ],
)
def test_everything_else_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Callable[[Path], None], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "odd")
    with pytest.raises(UserError, match=message):
        read_regular_file(tmp_path / "odd", MAX)
