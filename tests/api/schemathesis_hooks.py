"""What schemathesis changes in the requests that it makes."""

from typing import Any
from uuid import uuid4

import schemathesis


@schemathesis.hook
def map_headers(context: schemathesis.HookContext, headers: dict[str, Any] | None) -> dict[str, Any] | None:
    """Give every request an idempotency key of its own, because a key that another request had is refused."""
    if headers and "Idempotency-Key" in headers:
        return {**headers, "Idempotency-Key": str(uuid4())}
    return headers
