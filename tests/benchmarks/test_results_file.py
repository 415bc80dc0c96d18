"""The results file: one entry per clip, pack and stride, without paths of this machine."""

import json
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import Measured
from benchmarks.job import JobRun
from benchmarks.measure import Measurements
from benchmarks.report import details, entry
from benchmarks.results_file import record
from benchmarks.workload import Run, Workload

STEPS = {"tracks": 8.0, "checks": 1.0}


def job(seconds: float) -> Measured[JobRun]:
    return Measured(JobRun(seconds, 50, 5, 20, 2, seconds + 1.5, STEPS, 20.0, 7, "CPU"), 500.0, 13.0, 12.0)


def measured() -> Measurements:
    floor = Measured(Run(5.0, 50, 5, 20, None), 400.0, 9.0, 5.5)
    naive = Measured(Run(30.0, 50, 5, 90, 3), 300.0, 60.0, 31.0)
    return Measurements(0.5, [job(7.0), job(10.0), job(8.0)], [floor], [naive])


def test_headline_holds_medians() -> None:
    headline = entry(Workload(Path("/a/b/clip.mp4"), "opencv_zoo", 3), measured())
    assert {k: v for k, v in headline.items() if k not in ("versions", "machine")} == {
        "clip": "clip.mp4",
        "pack": "opencv_zoo",
        "stride": 3,
        "job_seconds": 8.0,
        "floor_seconds": 5.0,
        "naive_seconds": 30.0,
        "dagster_overhead_seconds": 1.5,
        "peak_rss_mb": 500.0,
        "realtime_factor": 2.5,
    }
    packages = {"numpy", "onnxruntime", "openvino", "opencv", "dagster", "av", "insightface"}
    assert set(headline["versions"]) == {"python"} | packages
    assert set(headline["machine"]) == {"cpu", "cores", "memory_gb"}


def test_a_skipped_part_has_no_seconds() -> None:
    done = measured()
    done.naive.clear()
    assert entry(Workload(Path("clip.mp4"), "opencv_zoo", 3), done)["naive_seconds"] is None
    assert list(details(done)["parts"]) == ["job", "floor"]


def test_an_entry_replaces_only_its_own_predecessor(tmp_path: Path) -> None:
    path = tmp_path / "results" / "main_job.json"

    def read_after(pack: str, seconds: float) -> dict[str, Any]:
        done = Measurements(0.5, [job(seconds)])
        record(path, entry(Workload(Path("/secret/clip.mp4"), pack, 3), done), details(done))
        assert "secret" not in path.read_text(encoding="utf-8")
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    read_after("opencv_zoo", 7.0)
    read_after("buffalo_sc", 8.0)
    content = read_after("opencv_zoo", 9.0)
    assert [(r["pack"], r["job_seconds"]) for r in content["results"]] == [("buffalo_sc", 8.0), ("opencv_zoo", 9.0)]
    assert set(content["details"]) == {"clip.mp4 buffalo_sc 3", "clip.mp4 opencv_zoo 3"}
