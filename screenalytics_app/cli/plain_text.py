"""Text for the terminal that contains names from users: never markup, and never control characters."""

from rich.text import Text

from screenalytics_resources.plain_text import printable


def plain(text: object, label: str = "", style: str = "bold") -> Text:
    """Return `text` as rich prints it literally, with harmful characters escaped; `label` before it gets the style."""
    literal = printable(str(text))
    return Text.assemble((label, style), f" {literal}") if label else Text(literal)
