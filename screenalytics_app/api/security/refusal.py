"""Refuse a request inside a middleware, with a problem document."""

from starlette.types import Receive, Scope, Send

from screenalytics_app.api.problems import ProblemError, problem_response


async def refuse(error: ProblemError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the problem. The body of the request is not read."""
    await problem_response(error)(scope, receive, send)
