"""Access to S3: credentials from Dagster's S3 resource, and errors that name the remedy."""

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import fsspec
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoCredentialsError
from botocore.exceptions import ConnectionError as NoConnectionError
from dagster_aws.s3 import S3Resource
from fsspec.asyn import sync
from s3fs import S3FileSystem

from screenalytics_resources.errors import UnavailableError, UserError
from screenalytics_resources.storage.write_guards import before_send, guarded_request

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPTS = 6
"""Attempts per request. The waits between them double from about 1 s, which covers an outage of half a minute."""
_CONNECT_S = 10
_READ_S = 60
_REJECTED_CODES = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "403", "Forbidden"}
)
_OUTAGE_CODES = frozenset(
    {"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "500", "502", "503", "504"}
)
_CONDITION_CODES = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


def s3_resource() -> S3Resource:
    """Return Dagster's S3 resource. It takes credentials from the environment or a profile, as all AWS tools do."""
    return S3Resource(max_attempts=ATTEMPTS)


def s3_options(resource: S3Resource | None = None) -> dict[str, Any]:
    """Return the options that make s3fs use the credentials, endpoint and retries of `resource`."""
    s3 = resource or s3_resource()
    client = {"region_name": s3.region_name, "verify": s3.verify}
    retries = {"max_attempts": s3.max_attempts, "mode": "standard"}
    options: Mapping[str, Any] = {
        "key": s3.aws_access_key_id,
        "secret": s3.aws_secret_access_key,
        "token": s3.aws_session_token,
        "profile": s3.profile_name,
        "endpoint_url": s3.endpoint_url,
        "client_kwargs": {name: value for name, value in client.items() if value is not None},
        "config_kwargs": {"retries": retries, "connect_timeout": _CONNECT_S, "read_timeout": _READ_S},
    }
    return {name: value for name, value in options.items() if value is not None} | {
        "use_ssl": s3.use_ssl,
        "anon": s3.use_unsigned_session,
        "use_listings_cache": False,  # other processes write too
    }


class ExplainedS3(S3FileSystem):  # type: ignore[misc]
    """s3fs whose writes are guarded by the locks, and whose errors explain problems with storage or credentials."""

    retries = 2  # one retry for a truncated answer; botocore retries unanswered requests by itself

    async def set_session(self, *arguments: Any, **parameters: Any) -> Any:
        client = await super().set_session(*arguments, **parameters)
        client.meta.events.register("before-send.s3", before_send, unique_id="screenalytics-write-guards")
        return client

    async def _call_s3(self, method: str, *arguments: Any, **parameters: Any) -> Any:
        try:
            with guarded_request(method, parameters):
                return await super()._call_s3(method, *arguments, **parameters)
        except Exception as error:
            explanation = explained(error, str(parameters.get("Bucket", "")))
            if explanation is error:
                raise
            raise explanation from error

    def call_s3(self, method: str, **parameters: Any) -> Any:
        """Send one request of the S3 API. Overrides the method of s3fs, which would bypass the explanation."""
        return sync(self.loop, self._call_s3, method, **parameters)


def explained(error: Exception, bucket: str) -> Exception:
    """Return the exception to raise for a failed request to `bucket`: `UserError`, `UnavailableError` or `error`."""
    if isinstance(error, UserError):  # from a guard of the write
        return error
    if isinstance(error, NoCredentialsError):
        return UserError(
            f"There are no credentials for s3://{bucket}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            f"AWS_PROFILE."
        )
    if isinstance(error, HTTPClientError | NoConnectionError | aiohttp.ClientError | asyncio.TimeoutError):
        return UnavailableError(f"s3://{bucket} does not answer ({error}): check the network and try again.")
    if isinstance(error, BotoCoreError):
        return UserError(f"s3://{bucket} cannot be used ({error}): correct the AWS settings in the environment.")
    return _explained_by_code(error, error_code(error), bucket)


def _explained_by_code(error: Exception, code: str | None, bucket: str) -> Exception:
    if code == "NoSuchBucket":
        return UserError(f"There is no bucket {bucket!r}: create it, or correct the name in SCREENALYTICS_DATA_ROOT.")
    if code in _REJECTED_CODES:
        return UserError(
            f"s3://{bucket} refuses the credentials ({code}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or "
            f"AWS_PROFILE, and their permissions in the bucket."
        )
    if code in _OUTAGE_CODES:
        return UnavailableError(f"s3://{bucket} is temporarily unavailable ({code}): try again later.")
    return error


def condition_failed(error: BaseException) -> bool:
    """Return whether a conditional write failed because the object exists, or has changed."""
    return error_code(error) in _CONDITION_CODES


def error_code(error: BaseException | None) -> str | None:
    """Return the S3 code of an error, such as `NoSuchBucket`; None if the error is not from S3."""
    while error is not None:
        if isinstance(error, ClientError):
            return str(error.response.get("Error", {}).get("Code"))
        error = error.__cause__
    return None


fsspec.register_implementation("s3", ExplainedS3, clobber=True)
