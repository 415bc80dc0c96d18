"""The API as a real server in a thread of this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
from fastapi import FastAPI

from benchmarks.live.platform import HOST, free_port, wait_for
from screenalytics_app.api.server import ApiServer, listening


@contextmanager
def serving(app: FastAPI) -> Iterator[tuple[ApiServer, httpx.Client]]:
    """Serve the app, and yield the server and a client of it."""
    port = free_port()
    server = ApiServer(app)
    thread = Thread(target=server.run, args=([listening(HOST, port)],))
    thread.start()
    try:
        wait_for(lambda: server.started, 30, "the server has started", every_s=0.01)
        with httpx.Client(base_url=f"http://{HOST}:{port}", timeout=30) as client:
            yield server, client
    finally:
        server.should_exit = True
        thread.join(30)
        assert not thread.is_alive(), "Expected the server to stop"


def events(response: httpx.Response) -> Iterator[tuple[str, str | None]]:
    """Yield data and id of each event of a stream. An id without data comes with empty data."""
    data, event_id = "", None
    for line in response.iter_lines():
        name, _, value = line.partition(": ")
        if name == "data":
            data = value
        elif name == "id":
            event_id = value
        elif line == "":
            if data or event_id:
                yield data, event_id
            data, event_id = "", None
