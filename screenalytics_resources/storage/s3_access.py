"""Access to S3: credentials as Dagster's S3 resource takes them, and errors that say what to do."""

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

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPTS = 6
"""Tries of one request, the waits between them doubling from about 1 s: a storage that is away for half a minute is
waited for."""
_CONNECT_S = 10
_READ_S = 60
_REFUSED = frozenset(
    {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "403", "Forbidden"}
)
_AWAY = frozenset({"SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "500", "502", "503", "504"})


def s3_resource() -> S3Resource:
    """Dagster's S3 resource; what it is not told it takes from the environment, or a profile, as all AWS tools do."""
    return S3Resource(max_attempts=ATTEMPTS)


def s3_options(resource: S3Resource | None = None) -> dict[str, Any]:
    """What s3fs must be told to use the credentials, address and retries of `resource`."""
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
        "use_listings_cache": False,  # others write, too
    }


class ExplainedS3(S3FileSystem):  # type: ignore[misc]
    """s3fs, whose errors say what is wrong with storage or credentials."""

    retries = 2  # once more where an answer breaks off; what is not answered botocore has tried often enough by then

    async def _call_s3(self, method: str, *arguments: Any, **named: Any) -> Any:
        try:
            return await super()._call_s3(method, *arguments, **named)
        except Exception as error:
            told = explained(error, str(named.get("Bucket", "")))
            if told is error:
                raise
            raise told from error

    def call_s3(self, method: str, **named: Any) -> Any:
        """One request of S3's own interface; s3fs' method of this name would go past the explanation."""
        return sync(self.loop, self._call_s3, method, **named)


def explained(error: Exception, bucket: str) -> Exception:
    """What to raise for an error of a request to `bucket`: `UserError`, `UnavailableError`, or the error."""
    if isinstance(error, NoCredentialsError):
        return UserError(
            f"There are no credentials for s3://{bucket}: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or "
            f"AWS_PROFILE."
        )
    if isinstance(error, HTTPClientError | NoConnectionError | aiohttp.ClientError | asyncio.TimeoutError):
        return UnavailableError(f"s3://{bucket} does not answer ({error}): check the network, and try again.")
    if isinstance(error, BotoCoreError):
        return UserError(f"s3://{bucket} cannot be used ({error}): correct the settings of AWS in the environment.")
    return _of_code(error, error_code(error), bucket)


def _of_code(error: Exception, code: str | None, bucket: str) -> Exception:
    if code == "NoSuchBucket":
        return UserError(f"There is no bucket {bucket!r}: create it, or correct the name in SCREENALYTICS_DATA_ROOT.")
    if code in _REFUSED:
        return UserError(
            f"s3://{bucket} refuses the credentials ({code}): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or "
            f"AWS_PROFILE, and what they may do in the bucket."
        )
    if code in _AWAY:
        return UnavailableError(f"s3://{bucket} cannot serve now ({code}): try again later.")
    return error


def error_code(error: BaseException | None) -> str | None:
    """The storage's own code for an error, such as `NoSuchBucket`; None for one that is not the storage's."""
    while error is not None:
        if isinstance(error, ClientError):
            return str(error.response.get("Error", {}).get("Code"))
        error = error.__cause__
    return None


fsspec.register_implementation("s3", ExplainedS3, clobber=True)
