"""Writes to the terminal: sentences, paths, tables, and records as JSON."""

import json
import logging
import sys
import textwrap
from collections.abc import Iterable

from pydantic_core import to_jsonable_python
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.text import Text

from screenalytics_resources.plain_text import printable
from screenalytics_resources.waits import WAITS

WIDEST = 10_000
"""Columns that a wide table may take; the terminal wraps its lines."""

console = Console()


def say(text: str, label: str = "", style: str = "bold") -> None:
    """Print a sentence, wrapped between words only, so that paths stay whole; `label` before it gets the style."""
    line = printable(f"{label} {text}" if label else text)
    wrapped = textwrap.fill(line, console.width, break_long_words=False, break_on_hyphens=False)
    printed = Text(wrapped)
    printed.stylize(style, 0, len(label))
    console.print(printed, soft_wrap=True)


def say_each(sentences: Iterable[str], label: str, style: str) -> None:
    """Print each sentence after the label, with an empty line before the first."""
    for number, sentence in enumerate(sentences):
        if number == 0:
            console.print()
        say(sentence, label, style)


def say_path(name: str, path: str) -> None:
    """Print a path or an address after its name, on a line of its own if both do not fit on one."""
    path = printable(path)
    line = f"{name}  {path}"
    console.print(Text(line if len(line) <= console.width else f"{name}\n  {path}"), soft_wrap=True)


def show(renderable: RenderableType, wide: bool = False) -> None:
    """Print a table at the width of the terminal, or if `wide` at the width that it needs."""
    target = console
    if wide:
        needed = Measurement.get(console, console.options.update(max_width=WIDEST), renderable).maximum
        target = Console(width=max(needed, console.width), force_terminal=console.is_terminal)
    target.print(renderable)


def write_json(record: object) -> None:
    """Write a record, of dataclasses and models, as JSON to stdout; in ASCII, as paths need not be UTF-8."""
    sys.stdout.write(json.dumps(to_jsonable_python(record), indent=1) + "\n")


class _StderrLines(logging.Handler):
    """Prints each message as a line on stderr, above progress bars."""

    def emit(self, record: logging.LogRecord) -> None:
        Console(stderr=True).print(Text(printable(record.getMessage())), soft_wrap=True)


def show_waits() -> None:
    """Print on stderr for what a command waits, and who holds it."""
    WAITS.setLevel(logging.INFO)
    if not WAITS.handlers:
        WAITS.addHandler(_StderrLines())
