"""What nvidia-smi reports: the card, and its utilisation and memory while something runs."""

import os
import re
import subprocess
import threading
from dataclasses import dataclass
from typing import Self

POLL_MS = 200
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
    try:
        result = subprocess.run(  # noqa: S603
            query(CARD_FIELDS), capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Card(None, None, None)
    return parse_card(result.stdout) if result.returncode == 0 else Card(None, None, None)


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
    """Context in which nvidia-smi reads the card every `POLL_MS`. A thread takes its output.

    Without nvidia-smi there are no readings.
    """

    def __init__(self, command: list[str] | None = None) -> None:
        """Prepare the poll. `command` prints one line per reading; the default is nvidia-smi."""
        self._command = command or [*query(USAGE_FIELDS), f"--loop-ms={POLL_MS}"]
        self._samples: list[Sample] = []
        self._process: subprocess.Popen[str] | None = None
        self._thread = threading.Thread(target=self._read, name="nvidia-smi", daemon=True)

    def __enter__(self) -> Self:
        try:
            self._process = subprocess.Popen(  # noqa: S603
                self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace"
            )
        except OSError:
            return self
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.terminate()
            self._thread.join()
            self._process.wait()

    def usage(self) -> Usage | None:
        """Return the summary of the readings so far; None without any."""
        return summarise(list(self._samples))

    def _read(self) -> None:
        assert self._process and self._process.stdout  # noqa: S101 - started only with a process
        with self._process.stdout as output:
            for line in output:
                if sample := parse_sample(line):
                    self._samples.append(sample)


def _number(text: str) -> float | None:
    """Return a number with or without its unit; None for texts such as [N/A] and [Not Supported]."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:\s*(?:%|MiB))?", text)
    return float(match[1]) if match else None


def _text(text: str) -> str | None:
    return None if not text or text.startswith("[") or text == "N/A" else text
