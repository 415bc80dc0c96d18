"""The comparison with another checkout: equality of results, ratios, and how its command is run."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.baseline import BaselineRuns, Usage, check_baseline, commit_of, environment, run_checkout
from benchmarks.equality import Equality, Results, compare
from benchmarks.ratios import baseline_ratios
from benchmarks.report import baseline_entry, baseline_remarks
from benchmarks.workload import Workload
from screenalytics_resources.errors import UserError

EQUAL = Equality(True, 0.0, True, 1.0, True)
T1, T2 = ("track-00001", 0), ("track-00002", 5)


def results(
    shift: float = 0.0,
    vector: tuple[float, float] = (1.0, 0.0),
    keys: Sequence[tuple[str, int]] = (T1, T2),
    identities: Sequence[Collection[str]] = (["track-00001"], ["track-00002"]),
) -> Results:
    boxes = {key: np.array([10.0, 10.0, 50.0, 50.0 + shift]) for key in keys}
    return Results(boxes, {key: np.array(vector, np.float32) for key in keys}, identities)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        pytest.param(results(), EQUAL, id="the same"),
        pytest.param(results(shift=-0.25), Equality(True, 0.25, True, 1.0, True), id="a shifted edge"),
        pytest.param(results(vector=(0.0, 1.0)), Equality(True, 0.0, True, 0.0, True), id="turned embeddings"),
        pytest.param(results(keys=(T1,)), Equality(False, 0.0, False, 1.0, True), id="fewer boxes and faces"),
        pytest.param(results(keys=()), Equality(False, None, False, None, True), id="nothing in common"),
        pytest.param(results(identities=[{"track-00002"}, {"track-00001"}]), EQUAL, id="identities in another order"),
        pytest.param(
            results(identities=[("track-00001", "track-00002")]), Equality(True, 0.0, True, 1.0, False), id="merged"
        ),
        pytest.param(
            results(identities=[("track-00001",)]), Equality(True, 0.0, True, 1.0, False), id="a track in none"
        ),
    ],
)
def test_comparison(other: Results, expected: Equality) -> None:
    assert compare(results(), other) == expected
    assert compare(other, results()) == expected


def test_ratios_are_medians_of_pairs() -> None:
    here = [Usage(2.0, 3.0), Usage(2.0, 4.0), Usage(9.0, 3.0)]
    baseline = [Usage(4.0, 6.0), Usage(8.0, 5.0), Usage(9.0, 6.0)]
    runs = BaselineRuns("abc1234", EQUAL, here, baseline)
    assert baseline_ratios(runs) == {"cpu": 0.5, "wall": 0.5}
    entry = baseline_entry(runs)
    assert (entry["cpu_seconds"], entry["baseline_cpu_seconds"], entry["commit"]) == (3.0, 6.0, "abc1234")
    assert baseline_remarks(entry).splitlines() == [
        "this checkout / baseline abc1234: CPU 0.500 (3.00 s / 6.00 s), wall 0.500 (2.00 s / 8.00 s)",
        "artifacts: the same tracks and frames, boxes differ by at most 0.0 px; the same faces, lowest cosine "
        "1.000000; the same identities",
    ]


def test_remarks_without_anything_in_common() -> None:
    runs = BaselineRuns(None, Equality(False, None, False, None, False), [Usage(1.0, 1.0)], [Usage(1.0, 1.0)])
    assert baseline_remarks(baseline_entry(runs)).splitlines()[1] == (
        "artifacts: different tracks and frames, boxes differ by at most - px; different faces, lowest cosine -; "
        "different identities"
    )


def test_a_run_reads_its_own_checkout_and_folder() -> None:
    variables = {"PATH": "/bin", "PYTHONPATH": "/elsewhere", "SCREENALYTICS_CONFIG_DIR": "/c", "DAGSTER_HOME": "/d"}
    assert environment(variables, Path("/run")) == {
        "PATH": "/bin",
        "SCREENALYTICS_DATA_ROOT": "/run/data",
        "DAGSTER_HOME": "/run/dagster",
    }


def test_a_folder_without_environment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no \.venv/bin/python: give a checkout"):
        check_baseline(tmp_path)
    assert commit_of(tmp_path) is None


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """A stand-in for a checkout's Python: prints its arguments and fails if the clip is called broken."""
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\necho "$@"\npwd\ncase "$*" in *broken*) exit 2;; esac\n', encoding="utf-8")
    python.chmod(0o755)
    return python


def test_usage_of_a_run(tmp_path: Path, command: Path) -> None:
    usage = run_checkout(tmp_path, command, Workload(Path("/clip.mp4"), "opencv_zoo", 3), tmp_path)
    assert usage.seconds > 0
    assert 0 <= usage.cpu_seconds < 10


def test_a_failed_run_shows_its_output(tmp_path: Path, command: Path) -> None:
    with pytest.raises(
        UserError, match=r"exit code 2: -m screenalytics_app\.cli\.main run .*--pack opencv_zoo"
    ) as raised:
        run_checkout(tmp_path, command, Workload(Path("/broken.mp4"), "opencv_zoo", 3), tmp_path)
    assert str(raised.value).endswith(str(tmp_path))
