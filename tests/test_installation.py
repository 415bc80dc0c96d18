"""Installed and locked distributions, and generated documents."""

import re
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

from screenalytics_app.generated_docs import artifacts as artifact_docs
from screenalytics_app.generated_docs import configuration as configuration_docs
from screenalytics_app.generated_docs import export as export_docs

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-gpu.lock")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(r"onnxruntime(-.+)?", ["onnxruntime-gpu"], id="onnxruntime"),
        pytest.param(r"openvino(-.+)?", ["openvino"], id="no-usage-data"),
        pytest.param(r"opencv-(contrib-)?python(-headless)?", ["opencv-python"], id="opencv"),
    ],
)
def test_only_one_distribution_is_installed(pattern: str, expected: list[str]) -> None:
    names = {(d.metadata["Name"] or "").lower().replace("_", "-") for d in distributions()}
    assert sorted(name for name in names if re.fullmatch(pattern, name)) == expected


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_contains_no_index_address(lock: str) -> None:
    assert not re.search(r"https?://|--(extra-)?index|find-links", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_distribution_has_a_hash(lock: str) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", (ROOT / lock).read_text().strip(), flags=re.IGNORECASE)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_lock_of_cuda_adds_only_nvidias_libraries() -> None:
    base, gpu = (
        set(re.findall(r"^([a-z0-9-]+)(?:\[.+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE | re.IGNORECASE))
        for lock in ("requirements.lock", "requirements-gpu.lock")
    )
    assert base - gpu == set()
    assert {name.partition("-")[0] for name, _ in gpu - base} == {"nvidia"}


def test_every_direct_dependency_is_explained() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    section = re.search(r"\ndependencies = \[(.*?)\n\]", project, re.DOTALL)
    assert section is not None
    names = re.findall(r'^\s+"([A-Za-z0-9-]+)', section[1], re.MULTILINE)
    explained = (ROOT / "docs" / "dependencies.md").read_text()
    assert [name for name in names if f"| `{name}` |" not in explained] == []


@pytest.mark.parametrize(
    ("document", "module"),
    [
        pytest.param("artifacts.md", artifact_docs, id="artifacts"),
        pytest.param("configuration.md", configuration_docs, id="configuration"),
        pytest.param("export.md", export_docs, id="export"),
    ],
)
def test_generated_documents_are_up_to_date(document: str, module: Any) -> None:
    assert (ROOT / "docs" / document).read_text() == "".join(module.pages())
