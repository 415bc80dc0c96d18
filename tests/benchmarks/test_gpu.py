"""The benchmark of CUDA: refusal without CUDA, the comparison with the CPU on both sides, and the table."""

import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.fresh_process import Measured
from benchmarks.gpu import main as gpu_main
from benchmarks.gpu import versions as gpu_versions
from benchmarks.gpu.main import available_packs
from benchmarks.gpu.measure import Comparison, compare_devices
from benchmarks.gpu.nvidia_smi import Card, Usage
from benchmarks.gpu.report import describe, details, entry, remarks, table
from benchmarks.gpu.stages import thinning
from benchmarks.gpu.versions import Cuda, inspect_cuda
from benchmarks.workload import Workload, prepare
from screenalytics_resources.errors import UserError
from screenalytics_resources.inference.providers import cuda_problem

ROOT = Path(__file__).resolve().parents[2]
CARD = Card("NVIDIA T4", "580.95.05", 15360)


def test_without_cuda_the_error_is_one_sentence() -> None:
    problem = cuda_problem("0")
    if problem is None:
        pytest.skip("CUDA works on this machine")
    command = [sys.executable, "-m", "benchmarks.gpu.main"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"error: This benchmark needs a CUDA device, and none can be used ({problem}).\n"


@pytest.mark.parametrize("option", ["--images", "--repeat"])
def test_numbers_are_at_least_one(monkeypatch: pytest.MonkeyPatch, option: str) -> None:
    monkeypatch.setattr("sys.argv", ["main", option, "0"])
    with pytest.raises(UserError, match=f"{option} 0 is invalid: it must be at least 1"):
        gpu_main.main()


@pytest.mark.parametrize(
    ("available", "most", "expected"),
    [
        pytest.param(50.0, 100, 1, id="fewer than allowed"),
        pytest.param(100.0, 100, 1, id="as many as allowed"),
        pytest.param(101.0, 100, 2, id="one more"),
        pytest.param(500.0, 100, 5, id="five times as many"),
        pytest.param(0.0, 100, 1, id="unknown length"),
    ],
)
def test_images_come_from_all_over_the_clip(available: float, most: int, expected: int) -> None:
    assert thinning(available, most) == expected


def test_packs_without_model_files_are_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(tmp_path))
    assert available_packs(["opencv_zoo", "buffalo_sc"]) == ["opencv_zoo"]
    with pytest.raises(UserError, match="No model files of the packs buffalo_sc are on this machine"):
        available_packs(["buffalo_sc"])


@pytest.fixture(scope="module")
def cpu_twice(six_people_clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    """Comparison of the CPU with itself, through the functions that measure CUDA."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCREENALYTICS_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        work = Workload(six_people_clip, "opencv_zoo", 10)
        return compare_devices(work, ("cpu", "cpu"), images=3, repeat=1, deadline=time.monotonic())


def test_a_device_agrees_with_itself(cpu_twice: Comparison) -> None:
    assert cpu_twice.problems == []
    boxes = cpu_twice.boxes
    assert (boxes.faces, boxes.pairs, boxes.borderline, boxes.unpaired) == (18, 18, 0, 0)
    assert boxes.largest_px == 0
    assert cpu_twice.lowest_cosine == pytest.approx(1, abs=1e-5)
    assert len(cpu_twice.first.jobs[0].value.identities) == 6


def test_the_headline_and_the_details(cpu_twice: Comparison) -> None:
    headline, detail = entry(cpu_twice, CARD, {"onnxruntime": "1.0"}), details(cpu_twice)
    assert (headline["clip"], headline["pack"], headline["stride"]) == ("six-people.mp4", "opencv_zoo", 10)
    assert (headline["faces"], headline["identities"], headline["problems"]) == (18, 6, [])
    assert headline["card"] == {"name": "NVIDIA T4", "driver": "580.95.05", "memory_mb": 15360}
    assert (
        headline["cpu_per_second"].keys() == headline["cuda_per_second"].keys() == {"decode", "detect", "embed", "job"}
    )
    assert all(rate > 0 for rate in headline["cuda_per_second"].values())
    for device in detail.values():
        assert (device["provider"], device["recogniser_provider"]) == ("CPUExecutionProvider", "OpenVINO CPU")
        assert (device["frames_decoded"], device["batch_size"]) == (50, 16)
        assert device["embedded_per_second_by_batch"].keys() == {"1", "16", "64"}


def test_remarks(cpu_twice: Comparison) -> None:
    lines = remarks(cpu_twice).splitlines()
    assert lines[0].startswith("18 of 18 faces agree within 0.000 px, 0 are borderline; lowest cosine ")
    assert lines[0].endswith("; 6 identities")
    assert not any(line.startswith("problem") for line in lines)


@pytest.mark.parametrize(
    ("problems", "status"), [pytest.param([], 0, id="agree"), pytest.param(["Boxes differ."], 1, id="disagree")]
)
def test_exit_status_and_results_file(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    cpu_twice: Comparison,
    problems: list[str],
    status: int,
) -> None:
    answers = {inspect_cuda: Cuda(None, {"cuda_of_driver": "13.0"}), prepare: cpu_twice.workload}
    monkeypatch.setattr("sys.argv", ["main", "--packs", "opencv_zoo"])
    monkeypatch.setattr(gpu_main, "RESULTS", tmp_path / "gpu.json")
    monkeypatch.setattr(gpu_main, "read_card", lambda: CARD)
    monkeypatch.setattr(gpu_main, "in_fresh_process", lambda function, _: Measured(answers[function], 0, 0, 0))
    monkeypatch.setattr(gpu_main, "compare_devices", lambda *_: replace(cpu_twice, problems=problems))
    assert gpu_main.main() == status
    (result,) = json.loads((tmp_path / "gpu.json").read_text())["results"]
    assert (result["problems"], result["cuda_versions"]) == (problems, {"cuda_of_driver": "13.0"})
    assert ("problem: Boxes differ." in capsys.readouterr().out) == bool(problems)


def test_versions_of_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_versions, "cuda_problem", lambda device_id: None)
    monkeypatch.setattr(gpu_versions, "_driver_cuda", lambda: "13.1")
    cuda = inspect_cuda("0")
    assert (cuda.problem, cuda.versions["cuda_of_driver"]) == (None, "13.1")
    assert cuda.versions["onnxruntime"] == version("onnxruntime-gpu")
    assert re.fullmatch(r"13\.\d+", cuda.versions["cuda_of_onnxruntime"] or "")


def test_table() -> None:
    headline: Mapping[str, Any] = {
        "clip": "clip.mp4",
        "pack": "opencv_zoo",
        "stride": 3,
        "cpu_per_second": {"decode": 400.0, "detect": 100.0, "embed": 80.0, "job": 0.0},
        "cuda_per_second": {"decode": 400.0, "detect": 250.0, "embed": 1200.0, "job": 90.0},
    }
    text = io.StringIO()
    Console(file=text, width=80).print(table(headline))
    rows = [line.split() for line in text.getvalue().splitlines() if line.strip()]
    assert rows[0] == ["clip.mp4,", "opencv_zoo,", "stride", "3"]
    assert rows[-4:] == [
        ["decode", "frames", "400.0", "400.0", "1.00"],
        ["detect", "images", "100.0", "250.0", "2.50"],
        ["embed", "faces", "80.0", "1200.0", "15.00"],
        ["job", "frames", "0.0", "90.0", "-"],
    ]


@pytest.mark.parametrize(
    ("usage", "text"),
    [
        pytest.param(None, "no readings, because nvidia-smi reports none", id="no nvidia-smi"),
        pytest.param(
            Usage(12, 34.5, 90, 400, 1500),
            "34 % busy, at most 90 %; 1500 MiB at most, 400 MiB before (12 readings)",
            id="all",
        ),
        pytest.param(
            Usage(2, None, None, None, None), "utilisation not reported; memory not reported (2 readings)", id="neither"
        ),
    ],
)
def test_usage_in_words(usage: Usage | None, text: str) -> None:
    assert describe(usage) == text
