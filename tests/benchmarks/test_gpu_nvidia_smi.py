"""Answers of nvidia-smi, with and without the values that a card may not report."""

import threading
from pathlib import Path

import pytest

from benchmarks.gpu import nvidia_smi
from benchmarks.gpu.nvidia_smi import Card, Sample, Usage, UsagePoll, parse_card, parse_sample, query, summarise
from benchmarks.gpu.versions import format_cuda_version

UNKNOWN = Card(None, None, None)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("37, 1024\n", Sample(37, 1024), id="numbers"),
        pytest.param("37 %, 1024 MiB", Sample(37, 1024), id="with units"),
        pytest.param("0, 3", Sample(0, 3), id="idle"),
        pytest.param("[N/A], 1024", Sample(None, 1024), id="a part of a card reports no utilisation"),
        pytest.param("12, [Not Supported]", Sample(12, None), id="no memory"),
        pytest.param("[N/A], [N/A]", None, id="nothing reported"),
        pytest.param("[Unknown Error], [GPU is lost]", None, id="errors"),
        pytest.param("No devices were found", None, id="message"),
        pytest.param("Unable to determine the device handle, ERR!, 1", None, id="message with commas"),
        pytest.param("", None, id="empty"),
    ],
)
def test_sample(line: str, expected: Sample | None) -> None:
    assert parse_sample(line) == expected


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        pytest.param("NVIDIA T4, 580.95.05, 15360\n", Card("NVIDIA T4", "580.95.05", 15360), id="card"),
        pytest.param("NVIDIA T4, 580.95.05, 15360\nNVIDIA L4, 1, 2\n", Card("NVIDIA T4", "580.95.05", 15360), id="two"),
        pytest.param("NVIDIA GB10, 580.95.05, [N/A]", Card("NVIDIA GB10", "580.95.05", None), id="shared memory"),
        pytest.param("[Unknown Error], N/A, 15360 MiB", Card(None, None, 15360), id="errors"),
        pytest.param("No devices were found\n", UNKNOWN, id="message"),
        pytest.param("", UNKNOWN, id="empty"),
    ],
)
def test_card(output: str, expected: Card) -> None:
    assert parse_card(output) == expected


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param(
            [Sample(0, 400), Sample(90, 1500), Sample(60, 900)], Usage(3, 50.0, 90, 400, 1500), id="three readings"
        ),
        pytest.param([Sample(None, 400), Sample(30, None)], Usage(2, 30.0, 30, 400, 400), id="gaps"),
        pytest.param([Sample(None, 400)], Usage(1, None, None, 400, 400), id="no utilisation"),
    ],
)
def test_summary(samples: list[Sample], expected: Usage | None) -> None:
    assert summarise(samples) == expected


@pytest.mark.parametrize(
    ("visible", "card"),
    [
        pytest.param(None, "0", id="all cards"),
        pytest.param("", "0", id="empty"),
        pytest.param("3", "3", id="number"),
        pytest.param("GPU-8f6a, 1", "GPU-8f6a", id="first of two"),
    ],
)
def test_the_queried_card_is_the_first_that_cuda_sees(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, card: str
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert query(("name",))[1] == f"--id={card}"


def test_poll_takes_every_reading_and_skips_failed_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nvidia_smi, "POLL_S", 0)
    readings = iter([Sample(10, 100), None, Sample(30, 500)])
    all_read = threading.Event()

    def read() -> Sample | None:
        try:
            return next(readings)
        except StopIteration:
            all_read.set()
            return None

    with UsagePoll(read) as poll:
        assert all_read.wait(10)
    assert poll.usage() == Usage(2, 20.0, 30, 100, 500)


def nvidia_smi_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put an executable `nvidia-smi` on the path that runs a shell script."""
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.parametrize(
    ("script", "sample"),
    [
        pytest.param("echo '41, 777'", Sample(41, 777), id="answer"),
        pytest.param("printf '41, 777\\n5, 6\\n'", Sample(41, 777), id="two cards"),
        pytest.param("echo '41, 777'; exit 9", None, id="failure"),
        pytest.param("printf '\\377\\n'", None, id="not text"),
    ],
)
def test_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sample: Sample | None) -> None:
    nvidia_smi_that(tmp_path, monkeypatch, script)
    assert nvidia_smi.read_sample() == sample


def test_card_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nvidia_smi_that(tmp_path, monkeypatch, "echo 'NVIDIA T4, 580.95.05, 15360'")
    assert nvidia_smi.read_card() == Card("NVIDIA T4", "580.95.05", 15360)


def test_without_nvidia_smi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with UsagePoll() as poll:
        pass
    assert poll.usage() is None
    assert nvidia_smi.read_card() == UNKNOWN


@pytest.mark.parametrize(("number", "text"), [(13000, "13.0"), (12080, "12.8"), (13010, "13.1")])
def test_cuda_version(number: int, text: str) -> None:
    assert format_cuda_version(number) == text
