"""The application on a free port of this machine, in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from screenalytics_app.api.app import create_app
from screenalytics_app.api.settings import LOOPBACK, ServerSettings
from screenalytics_resources.artifact_store import ArtifactStore


class _Server(uvicorn.Server):
    """Tells another thread that it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        self.listening.set()

    @property
    def port(self) -> int:
        return int(self.servers[0].sockets[0].getsockname()[1])


@contextmanager
def served(store: ArtifactStore, actor: str = "analyst") -> Iterator[str]:
    """Serve the data root until the block ends, and yield the address, such as http://127.0.0.1:40001."""
    app = create_app(store, ServerSettings(actor=actor, port=0))
    server = _Server(uvicorn.Config(app, host=LOOPBACK, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        if not server.listening.wait(30):
            raise RuntimeError("The server did not start.")
        yield f"http://{LOOPBACK}:{server.port}"
    finally:
        server.should_exit = True
        thread.join()
