"""How all tables look: few lines, columns that are never cut off, and one title above."""

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Column, Table
from rich.text import Text

from screenalytics_resources.plain_text import printable


def text(header: str) -> Column:
    """Column of names of any length; it gives way where the table is too wide, and folds long names."""
    return Column(Text(header), overflow="fold", min_width=len(header))


def word(header: str) -> Column:
    """Column of short words, which are never broken."""
    return Column(Text(header), no_wrap=True)


def number(header: str) -> Column:
    """Column of numbers, which are never broken."""
    return Column(Text(header), no_wrap=True, justify="right")


def new_table(*columns: Column) -> Table:
    """Return a table with two blanks between columns and a line below the headings."""
    return Table(*columns, box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))


def add_row(table: Table, *cells: object) -> None:
    """Add a row; names are printed as they are, brackets included, with control characters escaped."""
    table.add_row(*(cell if isinstance(cell, Text) else Text(printable(str(cell))) for cell in cells))


def titled(title: str, *parts: RenderableType) -> Group:
    """Put a title above a table, and a blank line below it."""
    return Group(Text(printable(title), style="bold"), *parts, Text())


def count(number: int, noun: str) -> str:
    """Return `1 episode`, `2 episodes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
