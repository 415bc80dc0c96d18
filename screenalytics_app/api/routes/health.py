"""Whether the server is alive, and whether it can work."""

from fastapi import APIRouter

from screenalytics_app.api.context import Store
from screenalytics_app.api.models.common import Model

router = APIRouter(tags=["health"])


class Health(Model):
    """Answer of a working server."""

    status: str = "ok"


@router.get("/healthz")
def alive() -> Health:
    """Answer as long as the process runs."""
    return Health()


@router.get("/readyz")
def ready(store: Store) -> Health:
    """Answer if the data root can be read; otherwise with 503."""
    store.check_root()
    return Health()
