"""Conversion between the records of decisions and the rows of the table."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

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
    request: str | None = Field(default=None, exclude_if=lambda digest: digest is None)
    """Digest of the request, in the first row of a gesture."""


def rows_of(decisions: Iterable[Decision], request: str | None = None) -> Iterator[dict[str, Any]]:
    """Yield the columns of each decision. The decisions of a gesture must follow one another.

    `request` is the digest of the request that made them.
    """
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
            "content": _content_of(decision, request if position == 0 else None),
        }


def _content_of(decision: Decision, request: str | None) -> str:
    content = _Content(
        subjects=decision.subjects, value=decision.value, saw=decision.saw, before=decision.before, request=request
    )
    return content.model_dump_json(exclude={"value": _IN_COLUMNS})


def request_in(content: str) -> str | None:
    """Return the digest of the request in the content of the first row of a gesture; None if it has none."""
    return _Content.model_validate_json(content).request


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
