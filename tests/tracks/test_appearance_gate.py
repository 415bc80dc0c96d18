"""Appearance gate: known splits of synthetic tracks, and invalid bounds."""

from dataclasses import replace

import numpy as np
import pytest

from screenalytics_assets.tracks.appearance_gate import GateSettings, Sample, Split, find_splits

SETTINGS = GateSettings(hard=0.5, soft=0.8, streak=3, min_iou=0.3, momentum=1.0)
NONE: tuple[float | None, float | None] = (None, None)


def seen(*degrees_and_iou: tuple[float | None, float | None] | float) -> list[Sample]:
    """Return samples for angles in degrees, or for (angle, iou). An angle of None has no embedding."""
    samples = []
    for frame, entry in enumerate(degrees_and_iou):
        angle, iou = entry if isinstance(entry, tuple) else (entry, 0.9)
        radians = np.deg2rad(0.0 if angle is None else angle)
        embedding = np.array([np.cos(radians), np.sin(radians)], dtype=np.float32)
        samples.append(Sample(frame, None if angle is None else embedding, iou))
    return samples


def with_norms(samples: list[Sample], *norms: float) -> list[Sample]:
    return [replace(sample, norm=norm) for sample, norm in zip(samples, norms, strict=True)]


def summary(splits: list[Split]) -> list[tuple[int, str, float | None]]:
    return [
        (split.index, split.reason, None if split.similarity is None else round(split.similarity, 3))
        for split in splits
    ]


# Cosines: 20 degrees 0.940, 30 0.866, 45 0.707, 50 0.643, 55 0.574, 70 0.342, 90 0, 180 -1.
@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([], [], id="no-sample"),
        pytest.param(seen(0), [], id="one-sample"),
        pytest.param(seen(0, 10, 20, 30, 5), [], id="one-person"),
        pytest.param(seen(NONE, NONE, NONE), [], id="no-embedding-at-all"),
        # hard
        pytest.param(seen(0, 5, 90, 95), [(2, "hard", 0.0)], id="hard-at-once"),
        pytest.param(seen(0, 180, 0), [(1, "hard", -1.0), (2, "hard", -1.0)], id="hard-to-another-person-and-back"),
        pytest.param(seen(0, 70, 75, 80), [(1, "hard", 0.342)], id="prototype-restarts-from-the-split"),
        pytest.param(seen(None, None, 0, 90), [(3, "hard", 0.0)], id="prototype-is-first-embedding-seen"),
        # streak
        pytest.param(seen(0, 45, 45, 0), [], id="two-doubts-are-no-streak"),
        pytest.param(seen(0, 45, 45, 0, 45, 45), [], id="agreement-ends-the-streak"),
        pytest.param(seen(0, 10, 45, 50, 55), [(2, "streak", 0.707)], id="streak-splits-at-its-first"),
        pytest.param(seen(0, 45, None, 45, None, 45), [(1, "streak", 0.707)], id="gaps-do-not-end-a-streak"),
        # The mean of 40, 40 and 58 is 46, which is 64 degrees from 110. 58 alone would be 52 degrees away: a doubt.
        pytest.param(
            seen(0, 40, 40, 58, 110),
            [(1, "streak", 0.766), (4, "hard", 0.438)],
            id="prototype-is-mean-of-streak",
        ),
        pytest.param(
            seen(0, 45, 45, 45, 90, 90, 90),
            [(1, "streak", 0.707), (4, "streak", 0.707)],
            id="count-restarts-after-a-streak",
        ),
        pytest.param(seen(0, 45, 45, 90, 45, 45), [(3, "hard", 0.0)], id="hard-forgets-the-doubts"),
        # iou
        pytest.param(seen(0, (None, 0.1), 0), [(1, "iou", None)], id="jump-without-embedding"),
        pytest.param(seen(0, (45, 0.1)), [(1, "iou", 0.707)], id="jump-in-doubt"),
        pytest.param(seen(0, (10, 0.0), (20, 0.1)), [], id="fast-pan-appearance-overrules-jump"),
        pytest.param(seen(0, (45, 0.3)), [], id="overlap-at-the-bound-is-no-jump"),
        pytest.param(seen(0, (45, None)), [], id="no-overlap-known"),
        pytest.param(seen((0, 0.0), 0), [], id="first-sample-never-splits"),
        pytest.param(seen(None, (0, 0.1)), [(1, "iou", None)], id="jump-with-nothing-to-compare"),
        pytest.param(seen(0, (None, 0.1), 90, 95), [(1, "iou", None)], id="jump-forgets-the-prototype"),
        pytest.param(seen(0, (45, 0.1), 75, 80, 85), [(1, "iou", 0.707)], id="jump-restarts-prototype"),
        # several reasons at one sample
        pytest.param(seen(0, (90, 0.1)), [(1, "hard", 0.0)], id="hard-before-iou"),
        pytest.param(seen(0, 45, 45, (45, 0.1)), [(1, "streak", 0.707)], id="streak-before-iou"),
    ],
)
def test_known_splits(samples: list[Sample], expected: list[tuple[int, str, float | None]]) -> None:
    assert summary(find_splits(samples, SETTINGS)) == expected


@pytest.mark.parametrize(
    ("samples", "changes", "expected"),
    [
        pytest.param(seen(0, 60), {"hard": 0.4999}, [], id="just-above-hard-is-a-doubt"),
        pytest.param(seen(0, 0, 0), {"hard": 1.0, "soft": 1.0}, [], id="at-soft-agrees"),
        pytest.param(seen(0, 90, 0, 90), {"hard": -1.0, "soft": 0.0}, [], id="at-zero-soft-agrees"),
        pytest.param(seen(0, 45), {"streak": 1}, [(1, "streak", 0.707)], id="streak-of-one"),
        # The angle drifts by 30 degrees per step. A prototype that moves follows it; a fixed one does not.
        pytest.param(seen(0, 30, 60, 90), {"momentum": 0.0}, [], id="newest-prototype-follows-drift"),
        pytest.param(seen(0, 30, 60, 90), {"momentum": 1.0}, [(3, "hard", 0.0)], id="fixed-prototype"),
        # After 30 the prototype is at 15. 60 is 45 degrees away: a doubt, which does not move it. 90 is 75 away.
        pytest.param(seen(0, 30, 60, 90), {"momentum": 0.5}, [(3, "hard", 0.259)], id="doubts-move-nothing"),
        # Opposite doubts cancel out. The prototype becomes the newest of them, so 270 agrees and 90 does not.
        pytest.param(
            seen(0, 90, 270, 270, 90),
            {"hard": -0.1, "soft": 0.1, "streak": 2},
            [(1, "streak", 0.0), (4, "hard", -1.0)],
            id="cancelled-streak-takes-newest",
        ),
    ],
)
def test_known_splits_at_other_settings(
    samples: list[Sample], changes: dict[str, float], expected: list[tuple[int, str, float | None]]
) -> None:
    assert summary(find_splits(samples, replace(SETTINGS, **changes))) == expected


def test_length_of_an_embedding_does_not_matter() -> None:
    samples = seen(0, 10, 90, 90, 45, 45, 45)
    longer = [replace(s, embedding=(s.frame + 2) * s.embedding) for s in samples if s.embedding is not None]
    assert summary(find_splits(longer, SETTINGS)) == summary(find_splits(samples, SETTINGS))
    assert len(find_splits(samples, SETTINGS)) == 2


def test_splits_ascend_and_never_start_the_track() -> None:
    rng = np.random.default_rng(37)
    for _ in range(100):
        angles = np.cumsum(rng.normal(0, 35, 60))
        samples = seen(*[(None if rng.random() < 0.3 else float(a), float(rng.random())) for a in angles])
        indices = [split.index for split in find_splits(samples, replace(SETTINGS, momentum=0.8))]
        assert indices == sorted(set(indices))
        assert len(indices) > 0 and indices[0] > 0


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param(with_norms(seen(0, 90, 0), 9, 7.9, 9), [], id="a-weak-sample-splits-nothing"),
        pytest.param(
            with_norms(seen(0, 90, 0), 9, 8, 9), [(1, "hard", 0.0), (2, "hard", 0.0)], id="the-bound-itself-is-enough"
        ),
        pytest.param(with_norms(seen(90, 0, 10), 7, 9, 9), [], id="a-weak-sample-starts-no-prototype"),
        pytest.param(
            with_norms(seen(0, 45, 90, 45, 45), 9, 9, 7, 9, 9),
            [(1, "streak", 0.707)],
            id="a-weak-sample-ends-no-streak",
        ),
        pytest.param(
            with_norms(seen(0, (10, 0.1), 5), 9, 7, 9), [(1, "iou", None)], id="a-weak-sample-excuses-no-jump"
        ),
        pytest.param(with_norms(seen(0, 90, 180), 7, 7, 7), [], id="all-weak"),
    ],
)
def test_samples_with_a_low_norm_count_as_having_no_embedding(
    samples: list[Sample], expected: list[tuple[int, str, float | None]]
) -> None:
    assert summary(find_splits(samples, replace(SETTINGS, min_norm=8.0))) == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"min_norm": -1.0}, r"min_norm in \[0, inf\], but got -1", id="min-norm"),
        pytest.param({"hard": -1.2}, r"hard in \[-1, 1\], but got -1\.2", id="hard"),
        pytest.param({"soft": 1.2}, r"soft in \[-1, 1\], but got 1\.2", id="soft"),
        pytest.param({"soft": 0.4}, r"soft to be at least hard \(0\.5\), but got 0\.4", id="soft-below-hard"),
        pytest.param({"soft": float("nan")}, "soft .* got nan", id="soft-nan"),
        pytest.param({"streak": 0}, "streak to be 1 or more, but got 0", id="streak"),
        pytest.param({"min_iou": 1.5}, r"min_iou in \[0, 1\], but got 1\.5", id="min-iou"),
        pytest.param({"momentum": -0.5}, r"momentum in \[0, 1\], but got -0\.5", id="momentum"),
    ],
)
def test_bad_settings_are_named(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(SETTINGS, **changes)


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        pytest.param(Sample(7, np.zeros(2, np.float32), None), r"frame 7, but its norm is 0\.0", id="zero"),
        pytest.param(Sample(7, np.full(2, np.nan, np.float32), None), "frame 7, .* norm is nan", id="nan"),
        pytest.param(Sample(7, np.full(2, np.inf, np.float32), None), "frame 7, .* norm is inf", id="inf"),
        pytest.param(Sample(7, None, 1.5), r"iou at frame 7 in \[0, 1\], but got 1\.5", id="iou"),
        pytest.param(Sample(7, None, float("nan")), "iou at frame 7 .* got nan", id="iou-nan"),
    ],
)
def test_bad_samples_are_named(sample: Sample, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_splits([sample], SETTINGS)
