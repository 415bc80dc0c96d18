"""Summary and plot of the daemon's memory samples: growth after the warm-up, reproducible plot."""

from pathlib import Path

import pytest

from benchmarks.library.memory import Sample, plot, summary


def samples(growth: float) -> list[Sample]:
    """Return samples of a daemon that grows by 100 MiB during warm-up, then by `growth` MiB per episode."""
    warm_up = [Sample(0.0, 0, 100.0, 150.0, 120.0), Sample(10.0, 10, 200.0, 150.0, 120.0)]
    return warm_up + [Sample(float(n), n, 200.0 + growth * (n - 10), 150.0, 120.0) for n in range(11, 41)]


@pytest.mark.parametrize("growth", [0.0, 0.5])
def test_growth_counts_after_the_warm_up(growth: float) -> None:
    found = summary(samples(growth))
    assert found["episodes"] == 40
    assert found["daemon"]["growth_mb_per_100_episodes"] == pytest.approx(100 * growth)
    assert found["daemon"]["first_mb"] == 100.0
    assert found["daemon"]["highest_mb"] == found["daemon"]["last_mb"] == 200.0 + 30 * growth
    assert found["web_server"]["growth_mb_per_100_episodes"] == 0.0


def test_the_same_samples_give_the_same_plot(tmp_path: Path) -> None:
    for name in ("one.svg", "two.svg"):
        plot(samples(0.5), tmp_path / name)
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert b"<svg" in (tmp_path / "one.svg").read_bytes()
