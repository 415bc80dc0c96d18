"""The results file: one entry per clip, pack and stride, without paths of this machine."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.fresh_process import Measured
from benchmarks.job import JobRun
from benchmarks.job_profile import Profile
from benchmarks.measure import Measurements
from benchmarks.report import details, entry, profile_table, ratio_table, table
from benchmarks.results_file import record
from benchmarks.workload import Run, Workload

PROFILE = Profile({"start and imports": 2.5, "decode": 1.5, "rest": 1.0}, 5.0)
STEPS = {"tracks": 8.0, "checks": 1.0}


def job(seconds: float) -> Measured[JobRun]:
    run = JobRun(seconds, 50, 5, 0, 20, 2, seconds + 1.5, STEPS, 20.0, 7, "CPU", "OpenVINO CPU", ())
    return Measured(run, 500.0, seconds + 5.0, seconds + 4.0)


def measured() -> Measurements:
    floor = [Measured(Run(5.0, 50, 5, 0, 20, None), 400.0, cpu, 5.5) for cpu in (10.0, 10.0, 5.0)]
    naive = [Measured(Run(30.0, 50, 5, 0, 90, 3), 300.0, 60.0, 31.0) for _ in range(3)]
    return Measurements(0.5, [job(7.0), job(10.0), job(8.0)], floor, naive, PROFILE)


def test_headline_holds_medians() -> None:
    headline = entry(Workload(Path("/a/b/clip.mp4"), "opencv_zoo", 3), measured())
    assert {k: v for k, v in headline.items() if k not in ("versions", "machine")} == {
        "clip": "clip.mp4",
        "pack": "opencv_zoo",
        "stride": 3,
        "job_seconds": 8.0,
        "floor_seconds": 5.0,
        "naive_seconds": 30.0,
        "job_cpu_seconds": 13.0,
        "floor_cpu_seconds": 10.0,
        "naive_cpu_seconds": 60.0,
        "ratios": {
            "job_to_floor": {"cpu": 1.5, "wall": 1.6, "process": 2.182},
            "naive_to_job": {"cpu": 4.615, "wall": 3.75, "process": 2.583},
        },
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
    assert entry(Workload(Path("clip.mp4"), "opencv_zoo", 3), done)["ratios"].keys() == {"job_to_floor"}
    assert list(details(done)["parts"]) == ["job", "floor"]


def test_details_hold_cpu_seconds_per_second_of_video_and_per_part() -> None:
    found = details(measured())
    per_second = {name: part["cpu_seconds_per_video_second"] for name, part in found["parts"].items()}
    assert per_second == {"job": 0.65, "floor": 0.5, "naive": 3.0}
    assert found["profile"] == {
        "cpu_seconds": 5.0,
        "cpu_seconds_by_part": {"start and imports": 2.5, "decode": 1.5, "rest": 1.0},
    }
    assert found["baseline"] is None


def test_printed_tables_show_ratios_and_shares() -> None:
    headline, detail = entry(Workload(Path("clip.mp4"), "opencv_zoo", 3), measured()), details(measured())
    console = Console(width=120, record=True, file=StringIO())
    console.print(table(headline, detail), ratio_table(headline), profile_table(detail["profile"]))
    words = [line.split() for line in console.export_text().splitlines()]
    assert ["floor", "5.00", "5.50", "10.00", "0.500", "400", "5", "0", "20", "-"] in words
    assert ["naive", "/", "job", "4.62", "3.75", "2.58"] in words
    assert ["decode", "1.50", "30.0"] in words


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
