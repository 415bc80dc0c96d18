"""Errors of the cast database without data: they end in logs that cannot forget a person.

PostgreSQL repeats values in its messages, such as `Key (show, person_id)=(demo, ada-example) already exists`, and
SQLAlchemy adds the parameters of the statement.
"""

from typing import Any

from sqlalchemy import Engine, ExceptionContext, event


def hide_values(engine: Engine) -> None:
    """Replace the text of every error that the server reports with its code and the names of schema objects."""
    event.listen(engine, "handle_error", _hide_values)


def _hide_values(context: ExceptionContext) -> None:
    original: Any = context.original_exception
    if getattr(original, "sqlstate", None) is None:
        return  # not from the server: a lost or refused connection, whose message holds no data
    before, after = str(original), without_values(original)
    original.args = (after,)
    if context.sqlalchemy_exception is not None:
        shown = tuple(str(part).replace(before, after) for part in context.sqlalchemy_exception.args)
        context.sqlalchemy_exception.args = shown


def without_values(error: Any) -> str:
    """Return the message for an error of the server: its code, and the table and constraint that it names."""
    places = [("table", error.diag.table_name), ("constraint", error.diag.constraint_name)]
    named = "".join(f", {kind} {name}" for kind, name in places if name)
    return f"PostgreSQL error {error.sqlstate} ({type(error).__name__}{named})"
