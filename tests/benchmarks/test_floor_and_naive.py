"""Floor and naive baseline do the stated work, on two seconds of six people."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.floor import FloorWork, run_floor
from benchmarks.measure import check_same_work
from benchmarks.naive import count_clusters, run_naive
from benchmarks.workload import Run, Workload

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("detector_calls", "faces"),
    [
        pytest.param(5, 20, id="every frame of the stride, one full and one partial batch"),
        pytest.param(3, 16, id="fewer detections than converted frames"),
        pytest.param(0, 0, id="decoding only"),
    ],
)
def test_floor_does_the_work_of_the_job(six_people_clip: Path, detector_calls: int, faces: int) -> None:
    run = run_floor(FloorWork(Workload(six_people_clip, "opencv_zoo", 10), detector_calls, faces))
    assert replace(run, seconds=0.0) == Run(0.0, 50, detector_calls, faces, None)
    assert run.seconds > 0


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("pack", [pytest.param("opencv_zoo"), pytest.param("buffalo_sc", marks=pytest.mark.shared)])
def test_naive_finds_six_people(six_people_clip: Path, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if pack == "buffalo_sc":
        if not SHARED.is_dir():
            pytest.skip("no folder ../shared next to the checkout")
        monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(SHARED.resolve() / "models"))
    run = run_naive(Workload(six_people_clip, pack, 10))
    assert replace(run, seconds=0.0) == Run(0.0, 50, 5, 30, 6)


def test_no_faces_are_no_clusters() -> None:
    assert count_clusters([]) == 0


def test_a_floor_with_other_work_is_refused() -> None:
    job = Run(1.0, 50, 5, 20, 2)
    with pytest.raises(RuntimeError, match=r"\(50, 5, 20\) times, but got \(50, 4, 20\)"):
        check_same_work(job, replace(job, detector_calls=4))
