"""Floor and naive baseline do the stated work, on two seconds of six people."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.floor import FloorWork, run_floor
from benchmarks.job import load_models
from benchmarks.measure import check_same_work
from benchmarks.naive import count_clusters, run_naive
from benchmarks.refinements import Refinement, recorded_refinements
from benchmarks.workload import Run, Workload
from screenalytics_resources.inference.detectors import Detections
from screenalytics_resources.inference.engine import Engine
from screenalytics_resources.inference.yunet import YuNet

FACE = Refinement(1280, 886, (400.0, 300.0, 500.0, 420.0))
SMALL = Refinement(180, 180, (40.0, 40.0, 140.0, 140.0))
SHARED = Path(__file__).resolve().parents[2] / ".." / "shared"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCREENALYTICS_CACHE_DIR", str(tmp_path / "cache"))


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize(
    ("pack", "detector_calls", "refinements", "faces"),
    [
        pytest.param("opencv_zoo", 5, (), 20, id="every frame of the stride, one full and one partial batch"),
        pytest.param("opencv_zoo", 3, (), 16, id="fewer detections than converted frames"),
        pytest.param("opencv_zoo", 0, (FACE, SMALL, FACE), 0, id="second looks in pictures of two sizes"),
        pytest.param("opencv_zoo", 0, (), 0, id="decoding only"),
    ],
)
def test_floor_does_the_work_of_the_job(
    six_people_clip: Path,
    pack: str,
    detector_calls: int,
    refinements: tuple[Refinement, ...],
    faces: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = []
    detect = YuNet.detect

    def counting(detector: YuNet, image: NDArray[np.uint8]) -> Detections:
        looks.append(image.shape)
        return detect(detector, image)

    monkeypatch.setattr(YuNet, "detect", counting)
    run = run_floor(FloorWork(Workload(six_people_clip, pack, 10), detector_calls, refinements, faces))
    assert replace(run, seconds=0.0) == Run(0.0, 50, detector_calls, len(refinements), faces, None)
    assert len(looks) == detector_calls + len(refinements)
    assert looks.count((886, 1280, 3)) == detector_calls
    assert run.seconds > 0


@pytest.mark.usefixtures("own_cache")
@pytest.mark.parametrize("pack", [pytest.param("opencv_zoo"), pytest.param("buffalo_sc", marks=pytest.mark.shared)])
def test_naive_finds_six_people(six_people_clip: Path, pack: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if pack == "buffalo_sc":
        if not SHARED.is_dir():
            pytest.skip("no folder ../shared next to the checkout")
        monkeypatch.setenv("SCREENALYTICS_MODEL_ROOT", str(SHARED.resolve() / "models"))
    run = run_naive(Workload(six_people_clip, pack, 10))
    assert replace(run, seconds=0.0) == Run(0.0, 50, 5, 0, 30, 6)


def test_no_faces_are_no_clusters() -> None:
    assert count_clusters([]) == 0


def test_a_floor_with_other_work_is_refused() -> None:
    job = Run(1.0, 50, 5, 7, 20, 2)
    with pytest.raises(RuntimeError, match=r"\(50, 5, 7, 20\) times, but got \(50, 4, 7, 20\)"):
        check_same_work(job, replace(job, detector_calls=4))


@pytest.mark.usefixtures("own_cache")
def test_refinements_are_recorded_and_the_engine_is_left_as_it_was() -> None:
    engine = load_models("opencv_zoo")
    image, box = np.zeros((180, 240, 3), np.uint8), np.array([40, 40, 140, 140], np.float32)
    refine = Engine.refine
    with recorded_refinements() as refinements:
        engine.refine(image, box, np.zeros((5, 2), np.float32))
    engine.refine(image, box, np.zeros((5, 2), np.float32))
    assert refinements == [Refinement(240, 180, (40.0, 40.0, 140.0, 140.0))]
    assert Engine.refine is refine
