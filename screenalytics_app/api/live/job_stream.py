"""The stream of a job's progress. It ends with the final state."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing

from screenalytics_app.actions.jobs.progress import Progress
from screenalytics_app.api.live.server_events import KEEPALIVE, KEEPALIVE_S, event, opening
from screenalytics_app.api.live.shared_poll import SharedPoll
from screenalytics_app.api.models.jobs import JobProgress
from screenalytics_app.api.present.jobs import progress_body


def progress_id(body: JobProgress) -> str:
    """Return the id of a state of a job, the same after a restart of the server."""
    return hashlib.sha256(body.model_dump_json().encode()).hexdigest()[:16]


async def job_stream(poll: SharedPoll[Progress], last_id: str | None) -> AsyncIterator[bytes]:
    """Yield each new state. The first is left out if the client has it, as its `Last-Event-ID` says."""
    yield opening()
    async with aclosing(poll.listen(KEEPALIVE_S)) as states:
        async for progress in states:
            if progress is None:
                yield KEEPALIVE
                continue
            body = progress_body(progress)
            event_id = progress_id(body)
            if event_id != last_id:
                yield event(body, event_id)
            last_id = None
