"""Layout of metadata in Dagster's UI: what comes first, and how a picture is shown.

The UI lists metadata in the order of the mapping, and plots every `int` and `float` over partitions and time.
"""

import base64
from collections.abc import Mapping
from typing import Any, Literal

from dagster import MetadataValue, TableColumn, TableSchema

NO_TYPE = "?"
"""Type of a table column for which the UI shows nothing."""


def ordered(metadata: Mapping[str, Any], *key_figures: str) -> dict[str, Any]:
    """Return `metadata` with the key figures first and zeros last; everything else keeps its order.

    A key figure comes first even if it is zero. Names that `metadata` lacks are ignored, because some figures exist
    only for some episodes.
    """
    first = [name for name in key_figures if name in metadata]
    others = [name for name in metadata if name not in first]
    others.sort(key=lambda name: _is_empty(metadata[name]))
    return {name: metadata[name] for name in (*first, *others)}


def _is_empty(value: Any) -> bool:
    """Return whether a value is zero, an empty collection or counts of zero. `False` is an answer, not a zero."""
    plain = value.value if isinstance(value, MetadataValue) else value
    if isinstance(plain, dict):
        return all(_is_empty(count) for count in plain.values())
    return not isinstance(plain, bool) and plain in (0, [])


def picture_metadata(title: str, content: bytes, kind: Literal["jpeg", "png"] = "jpeg") -> MetadataValue[Any]:
    """Return a picture that the UI shows without a click, as the description of the only column of a table schema.

    Dagster 1.13 shows Markdown of 1000 characters or more as a link to a dialog, but the descriptions of a table schema
    of up to four columns in place, as Markdown.
    """
    picture = f"![{title}](data:image/{kind};base64,{base64.b64encode(content).decode()})"
    return MetadataValue.table_schema(TableSchema(columns=[TableColumn(title, NO_TYPE, picture)]))
