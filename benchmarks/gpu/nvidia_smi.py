"""What nvidia-smi reports: the card, and its utilisation and memory while something runs."""

import os
import re
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

POLL_S = 0.5
TIMEOUT_S = 10.0
USAGE_FIELDS = ("utilization.gpu", "memory.used")
CARD_FIELDS = ("name", "driver_version", "memory.total")


@dataclass(frozen=True)
class Card:
    """The GPU. A field is None if nvidia-smi does not report it."""

    name: str | None
    driver: str | None
    memory_mb: float | None


@dataclass(frozen=True)
class Sample:
    """One reading. None is what the card does not report, such as the utilisation of a part of a card (MIG)."""

    utilisation_percent: float | None
    memory_mb: float | None


@dataclass(frozen=True)
class Usage:
    """Summary of readings. The memory is that of all processes on the card.

    Attributes:
        samples: number of readings.
        mean_percent: mean utilisation: share of the time in which at least one kernel ran.
        max_percent: highest utilisation.
        memory_before_mb: first reading, before the measured process uses the card.
        memory_peak_mb: highest reading.
    """

    samples: int
    mean_percent: float | None
    max_percent: float | None
    memory_before_mb: float | None
    memory_peak_mb: float | None


def read_card() -> Card:
    """Return the card that CUDA uses first."""
    return parse_card(_answer(CARD_FIELDS))


def read_sample() -> Sample | None:
    """Return one reading of the card that CUDA uses first; None if nvidia-smi does not answer."""
    return parse_sample(_answer(USAGE_FIELDS).strip().partition("\n")[0])


def query(fields: tuple[str, ...]) -> list[str]:
    """Return the command that reads `fields` of the card that CUDA uses first, as one line of CSV.

    Both count cards in the order of the bus only with CUDA_DEVICE_ORDER=PCI_BUS_ID.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")[0].strip()
    return ["nvidia-smi", f"--id={visible or 0}", f"--query-gpu={','.join(fields)}", "--format=csv,noheader,nounits"]


def parse_card(output: str) -> Card:
    """Parse the answer to `CARD_FIELDS`."""
    values = [value.strip() for value in output.strip().partition("\n")[0].split(",")]
    if len(values) != len(CARD_FIELDS):
        return Card(None, None, None)
    return Card(_text(values[0]), _text(values[1]), _number(values[2]))


def parse_sample(line: str) -> Sample | None:
    """Parse one answer to `USAGE_FIELDS`; None if it is something else, such as an error message."""
    values = [value.strip() for value in line.split(",")]
    if len(values) != len(USAGE_FIELDS):
        return None
    sample = Sample(_number(values[0]), _number(values[1]))
    return None if sample == Sample(None, None) else sample


def summarise(samples: list[Sample]) -> Usage | None:
    """Summarise readings in the order of time; None without readings."""
    if not samples:
        return None
    busy = [sample.utilisation_percent for sample in samples if sample.utilisation_percent is not None]
    memory = [sample.memory_mb for sample in samples if sample.memory_mb is not None]
    return Usage(
        samples=len(samples),
        mean_percent=round(sum(busy) / len(busy), 1) if busy else None,
        max_percent=max(busy, default=None),
        memory_before_mb=memory[0] if memory else None,
        memory_peak_mb=max(memory, default=None),
    )


class UsagePoll:
    """Context in which a thread reads the card every `POLL_S`. Without nvidia-smi there are no readings."""

    def __init__(self, read: Callable[[], Sample | None] | None = None) -> None:
        """Prepare the poll. `read` returns one reading, or None if there is none; the default asks nvidia-smi."""
        self._read = read or read_sample
        self._samples: list[Sample] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="nvidia-smi", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def usage(self) -> Usage | None:
        """Return the summary of the readings; None without any. Call it after the context."""
        return summarise(self._samples)

    def _poll(self) -> None:
        while True:
            if sample := self._read():
                self._samples.append(sample)
            if self._stop.wait(POLL_S):
                return


def _answer(fields: tuple[str, ...]) -> str:
    """Return what nvidia-smi prints about `fields`; an empty text if it is missing, fails or hangs."""
    try:
        result = subprocess.run(  # noqa: S603
            query(fields), capture_output=True, text=True, errors="replace", timeout=TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout if result.returncode == 0 else ""


def _number(text: str) -> float | None:
    """Return a number with or without its unit; None for texts such as [N/A] and [Not Supported]."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:\s*(?:%|MiB))?", text)
    return float(match[1]) if match else None


def _text(text: str) -> str | None:
    return None if not text or text.startswith("[") or text == "N/A" else text
