"""Dagster's web server, through which runs are requested and ended, so that all runs share one queue with its limits.

A running process of Python has no other way into that queue: submitting a run needs the web server's workspace.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from screenalytics_app.actions.dagster_instance import start_command
from screenalytics_resources.errors import UnavailableError, UserError

if TYPE_CHECKING:
    from dagster_graphql import DagsterGraphQLClient

_TIMEOUT_S = 30
_PROBE_S = 5.0


class UnansweredError(UnavailableError):
    """The web server got a request, but its answer did not arrive. It may have done what it was asked."""


@dataclass(frozen=True)
class DagsterServer:
    """The web server at `url`, such as `http://127.0.0.1:3000`."""

    url: str

    def probe(self) -> None:
        """Raise `UnavailableError` unless the web server answers."""
        import requests

        try:
            answer = requests.get(f"{self.url}/server_info", timeout=_PROBE_S, allow_redirects=False)
        except requests.RequestException:
            raise self._away() from None
        if not answer.ok or "dagster_version" not in answer.text:
            raise UnavailableError(f"What answers at {self.url} is not Dagster's web server: check --dagster-url.")

    def launch(
        self, job: str, assets: Sequence[str], config: Mapping[str, Mapping[str, Any]], tags: Mapping[str, str]
    ) -> str:
        """Request a run and return its id.

        Raises:
            UnansweredError: no answer came in time, so the run may exist.
            UnavailableError: the web server does not run, or cannot load the code.
            UserError: Dagster refuses the run.
        """
        ops = {asset: {"config": dict(values)} for asset, values in config.items()}
        with self._client() as client:
            run_id: str = client.submit_job_execution(
                job, run_config={"ops": ops}, tags=dict(tags), asset_selection=list(assets)
            )
        return run_id

    def terminate(self, run_id: str) -> None:
        """Request the end of a run, which then has time to stop in good order.

        Raises:
            UnavailableError: the web server does not answer.
            UserError: Dagster cannot end the run.
        """
        with self._client() as client:
            client.terminate_run(run_id)

    @contextmanager
    def _client(self) -> "Iterator[DagsterGraphQLClient]":
        import requests
        from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

        parts = urlsplit(self.url)
        try:
            yield DagsterGraphQLClient(
                parts.hostname or "",
                parts.port,
                use_https=parts.scheme == "https",
                timeout=_TIMEOUT_S,
                path_prefix=parts.path,
            )
        except DagsterGraphQLClientError as error:
            cause = error.__cause__
            if isinstance(cause, requests.ConnectionError) and not isinstance(cause, requests.Timeout):
                raise self._away() from error
            if cause is not None:
                raise UnansweredError(
                    f"Dagster's web server at {self.url} did not answer within {_TIMEOUT_S} s: look there whether the "
                    "run exists."
                ) from error
            raise UserError(f"Dagster refused: {_first_line(error)}") from error

    def _away(self) -> UnavailableError:
        return UnavailableError(
            f"Dagster's web server does not answer at {self.url}: start it with `{start_command()}`."
        )


def _first_line(error: Exception) -> str:
    """Return the first line of Dagster's message. The others are a traceback."""
    text = " ".join(str(part) for part in error.args if part)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
