"""Conversion between the records of decisions and the rows of the table."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from pydantic import BaseModel, ConfigDict

from screenalytics_resources.decisions.records import Decision, Membership, Subject, Value
from screenalytics_resources.episode_id import show_of
from screenalytics_resources.facebank.models import DecisionRow

_IN_COLUMNS = {"person_id", "text", "forgotten"}
"""Fields of the value that have columns, so that they can be searched and erased."""
_SAME = ("ep_id", "seq", "decision_id", "gesture_id", "kind", "actor", "idempotency_key")
"""Fields that have a column of the same name and type."""


class _Content(BaseModel):
    """What only a reader of the complete log needs: JSON in one column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subjects: tuple[Subject, ...]
    value: Value
    saw: dict[str, str]
    before: tuple[Membership, ...]


def rows_of(decisions: Iterable[Decision]) -> Iterator[dict[str, Any]]:
    """Yield the columns of each decision. The decisions of a gesture must follow one another."""
    gesture_id, position = None, 0
    for decision in decisions:
        position = position + 1 if decision.gesture_id == gesture_id else 0
        gesture_id = decision.gesture_id
        yield {
            **{name: getattr(decision, name) for name in _SAME},
            "show": show_of(decision.ep_id),
            "position": position,
            "at": decision.at,
            **naming_columns(decision),
            "content": decision.model_dump_json(
                include={"subjects", "value", "saw", "before"}, exclude={"value": _IN_COLUMNS}
            ),
        }


def naming_columns(decision: Decision) -> dict[str, Any]:
    """Return the columns that an erasure changes."""
    value = decision.value
    return {
        "actor": decision.actor,
        "idempotency_key": decision.idempotency_key,
        "person_id": value.person_id,
        "label": value.text,
        "forgotten": value.forgotten,
    }


def decision_of(row: DecisionRow) -> Decision:
    """Return the record of a row. Its time is in UTC, whatever the time zone of the connection is."""
    content = _Content.model_validate_json(row.content)
    value = content.value
    if row.person_id is not None or row.label is not None or row.forgotten:
        in_columns = {"person_id": row.person_id, "text": row.label, "forgotten": row.forgotten}
        value = value.model_copy(update=in_columns)
    return Decision(
        **{name: getattr(row, name) for name in _SAME},
        at=row.at.astimezone(UTC),
        subjects=content.subjects,
        value=value,
        saw=content.saw,
        before=content.before,
    )
