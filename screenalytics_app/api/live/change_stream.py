"""The stream of changes of one episode or of all."""

from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing

from screenalytics_app.actions.library_changes import Change, Moment, changes, changes_since, cursor, first_changes
from screenalytics_app.api.live.server_events import KEEPALIVE, KEEPALIVE_S, event, moment_id, opening
from screenalytics_app.api.live.shared_poll import SharedPoll
from screenalytics_app.api.present.jobs import event_body


async def change_stream(poll: SharedPoll[Moment], last_id: str | None) -> AsyncIterator[bytes]:
    """Yield what has changed since the moment `last_id`, then each change.

    Only the last event of a moment has its id. So a client whose connection breaks in between gets all of them again.
    """
    before: Moment | None = None
    async with aclosing(poll.listen(KEEPALIVE_S)) as moments:
        async for now in moments:
            if now is None:
                yield KEEPALIVE
                continue
            if before is None:
                yield opening()
                found = changes_since(last_id, now) if last_id else first_changes(now)
            else:
                found = changes(before, now)
            before = now
            for block in _events(found, cursor(now)):
                yield block


def _events(found: Iterable[Change], moment: str) -> Iterable[bytes]:
    bodies = [event_body(change) for change in found]
    if not bodies:
        return [moment_id(moment)]
    return [event(body, moment if body is bodies[-1] else None) for body in bodies]
