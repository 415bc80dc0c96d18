"""The wheel: its content, and complete runs from an empty folder without the checkout."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from screenalytics_assets.contract.loading import load_artifact
from screenalytics_assets.contract.schemas import IDENTITIES
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.project import PROJECT_ROOT
from screenalytics_resources.sample_episode import EP_ID

PACKAGES = ("screenalytics_app", "screenalytics_assets", "screenalytics_resources")
SOURCES = ("pyproject.toml", "setup.py", "README.md", "LICENSE", "dagster.yaml", "config", *PACKAGES)
DEFAULTS = "screenalytics_resources/defaults"
STATIC = PROJECT_ROOT / "screenalytics_app" / "api" / "static"
REVIEW = PROJECT_ROOT / "screenalytics_app" / "review"


@dataclass(frozen=True)
class Site:
    """A virtual environment with the wheel and the dependencies of the current environment."""

    bin: Path
    packages: Path

    def run(self, folder: Path, *command: str, **variables: str) -> str:
        """Run a program of the environment in `folder` with only the settings in `variables`. Return its output."""
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("SCREENALYTICS_", "DAGSTER_", "PYTHON", "VIRTUAL_ENV"))
            or name == "SCREENALYTICS_CACHE_DIR"
        }
        program, *arguments = command
        done = subprocess.run(
            [self.bin / program, *arguments],
            check=False,
            cwd=folder,
            env=clean | variables,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def files(self) -> dict[str, tuple[int, int]]:
        """Return size and modification time (ns) of every installed file, including compiled modules."""
        statuses = {path: path.lstat() for path in self.packages.rglob("*") if not path.is_dir()}
        return {str(path): (status.st_size, status.st_mtime_ns) for path, status in statuses.items()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the checkout because a build leaves folders behind and reuses old ones."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in SOURCES:
        path = PROJECT_ROOT / name
        if path.is_dir():
            shutil.copytree(path, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, source)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(target), str(source))
    (built,) = target.iterdir()
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    home = tmp_path_factory.mktemp("site")
    venv.create(home, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = home / "lib" / version / "site-packages"
    # Python does not read .pth files in a folder that a .pth file adds, so the editable install is not visible.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    _pip("--python", str(home / "bin" / "python"), "install", "--no-deps", "--no-index", "--compile", str(wheel))
    return Site(home / "bin", packages)


def _pip(*arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_contains_every_module_and_every_default(wheel: Path) -> None:
    modules = {str(path.relative_to(PROJECT_ROOT)) for each in PACKAGES for path in (PROJECT_ROOT / each).rglob("*.py")}
    defaults = {path.relative_to(PROJECT_ROOT) for path in (PROJECT_ROOT / "config").rglob("*.yaml")}
    static = {str(path.relative_to(PROJECT_ROOT)) for path in STATIC.rglob("*") if path.is_file()}
    names = set(zipfile.ZipFile(wheel).namelist())
    packaged = {name for name in names if not name.startswith("screenalytics-")}
    assert f"{STATIC.relative_to(PROJECT_ROOT)}/swagger/swagger-ui-bundle.js" in static
    kept = {path for path in REVIEW.rglob("*") if path.is_file() and not path.name.endswith((".md", ".d.ts"))}
    pages = {str(path.relative_to(PROJECT_ROOT)) for path in kept}
    settings = {f"{DEFAULTS}/{path}" for path in (*defaults, "dagster.yaml")}
    assert packaged == modules | static | pages | settings


def test_the_sample_episode_runs_from_an_empty_folder(site: Site, tmp_path: Path) -> None:
    origin = site.run(tmp_path, "python", "-c", "import screenalytics_app; print(screenalytics_app.__file__)")
    assert Path(origin.strip()).is_relative_to(site.packages)
    installed = site.files()

    site.run(tmp_path, "screenalytics", "sample")
    printed = site.run(tmp_path, "screenalytics", "run", "--ep-id", EP_ID, "--video", f"data/samples/{EP_ID}.mp4")

    store = ArtifactStore(str(tmp_path / "data"))
    assert len(load_artifact(store, IDENTITIES, EP_ID).content.identities) == 7
    assert f"DAGSTER_HOME={tmp_path}/.dagster screenalytics dev" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == [".dagster", "data"]
    instance = tmp_path / ".dagster" / "dagster.yaml"
    assert not instance.is_symlink()
    assert instance.read_bytes() == (PROJECT_ROOT / "dagster.yaml").read_bytes()
    assert site.files() == installed


def test_another_configuration_folder_replaces_the_defaults(site: Site, tmp_path: Path) -> None:
    shutil.copytree(PROJECT_ROOT / "config", tmp_path / "config")
    (tmp_path / "config" / "packs" / "buffalo_sc.yaml").unlink()
    given = {"SCREENALYTICS_CONFIG_DIR": str(tmp_path / "config")}
    assert "buffalo_sc" in site.run(tmp_path, "screenalytics", "packs")
    assert "buffalo_sc" not in site.run(tmp_path, "screenalytics", "packs", **given)


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(("-m", "screenalytics_assets.code_location"), id="module"),
        pytest.param(("-w", str(PROJECT_ROOT / "workspace.yaml")), id="workspace"),
    ],
)
def test_the_code_location_loads_from_an_empty_folder(site: Site, tmp_path: Path, target: tuple[str, str]) -> None:
    installed = site.files()
    site.run(tmp_path, "python", "-m", "dagster", "definitions", "validate", *target)
    assert site.files() == installed
