"""Reader of labelled boxes in a CSV file, with the columns `frame,x1,y1,x2,y2,person,run`.

Rows with one `run` are the boxes of one face. A person whose name is `bg` followed by a digit or an underscore (`bg1`,
`bg_waiter`) belongs to the background. A name that begins with `junk` in the same way (`junk1`) stands for something
that is no face. `?` is a face that the labeller cannot recognise. Other columns are ignored.
"""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable

COLUMNS = ("frame", "x1", "y1", "x2", "y2", "person", "run")
_BACKGROUND = re.compile(r"bg[0-9_].*", re.DOTALL)
_NOT_FACE = re.compile(r"junk[0-9_].*", re.DOTALL)


def truth_of_csv(content: bytes, ep_id: str, name: str) -> bytes:
    """Return a truth file with a `boxes` section for `ep_id`, as JSON. Its frames and boxes are not checked yet.

    Raises:
        UserError: not UTF-8, missing columns, no rows, a value that is not a number, or a run of two people.
    """
    runs: dict[str, dict[str, Any]] = {}
    for line, row in _rows(content, name):
        run = runs.setdefault(row["run"], {"person": row["person"], "boxes": []})
        if run["person"] != row["person"]:
            raise UserError(f"{name} gives one run two people in line {line}: give each person a run of their own.")
        run["boxes"].append(_box(row, line, name))
    people = sorted({run["person"] for run in runs.values()})
    truth = {
        "ep_id": ep_id,
        "boxes": list(runs.values()),
        "background": _matching(_BACKGROUND, people),
        "not_faces": _matching(_NOT_FACE, people),
    }
    return json.dumps(truth).encode() + b"\n"


def _rows(content: bytes, name: str) -> list[tuple[int, dict[str, str]]]:
    """Return the line number and the stripped values of each row."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except UnicodeDecodeError:
        raise UserError(f"{name} is not UTF-8 text: export the boxes as CSV in UTF-8.") from None
    except csv.Error as error:
        raise UserError(f"{name} is not valid CSV ({printable(str(error))}). Fix the file.") from None
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing or not rows:
        problem = f"no column {', '.join(missing)}" if missing else "no rows"
        raise UserError(
            f"{name} has no labelled boxes ({problem}): it needs the columns {','.join(COLUMNS)} and one row per box."
        )
    return [(line, {column: (row[column] or "").strip() for column in COLUMNS}) for line, row in rows]


def _box(row: Mapping[str, str], line: int, name: str) -> list[float]:
    """Return the frame and the four corners. The reader of the truth file checks their ranges."""
    try:
        return [int(row["frame"]), *(float(row[column]) for column in COLUMNS[1:5])]
    except ValueError:
        raise UserError(
            f"{name} has a value in line {line} that is not a number: `frame` is an integer, "
            f"and x1, y1, x2, y2 are numbers."
        ) from None


def _matching(pattern: re.Pattern[str], people: Iterable[str]) -> list[str]:
    return [person for person in people if pattern.fullmatch(person)]
