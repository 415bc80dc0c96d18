"""Only `internals` imports Dagster's private modules, and it matches the installed and pinned version."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import dagster
import pytest

from screenalytics_assets.dagster_support import internals
from screenalytics_resources.project import PROJECT_ROOT

PACKAGES = ("screenalytics_app", "screenalytics_assets", "screenalytics_resources")


def imported_modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def is_private(module: str) -> bool:
    package, *inner = module.split(".")
    return package.startswith("dagster") and any(part.startswith("_") for part in inner)


@pytest.mark.parametrize(
    ("module", "private"),
    [
        pytest.param("dagster._core.events", True, id="private-package"),
        pytest.param("dagster._utils", True, id="private-module"),
        pytest.param("dagster_celery.launcher", False, id="public-module"),
        pytest.param("screenalytics_resources._private", False, id="another-project"),
    ],
)
def test_private_modules_of_dagster_are_recognised(module: str, private: bool) -> None:
    assert is_private(module) == private


def test_only_internals_imports_private_modules_of_dagster() -> None:
    files = [path for package in PACKAGES for path in (PROJECT_ROOT / package).rglob("*.py")]
    importers = {
        path.relative_to(PROJECT_ROOT).as_posix() for path in files if any(map(is_private, imported_modules(path)))
    }
    assert importers == {"screenalytics_assets/dagster_support/internals.py"}


def test_internals_is_written_for_the_installed_and_pinned_version() -> None:
    pinned = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert f"dagster=={internals.DAGSTER_VERSION}" in pinned
    assert dagster.__version__ == internals.DAGSTER_VERSION


@pytest.mark.parametrize("name", internals.__all__)
def test_every_name_exists(name: str) -> None:
    assert hasattr(internals, name)
