"""The complete job on S3 against the same job on a disk: `python -m benchmarks.object_storage --clip FILE`.

Both run in a process of their own, in turn. The results are medians. The S3 server is moto's, in another process on
the same machine. The ratio therefore includes the cost of the requests but no network latency.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.error import URLError
from urllib.request import urlopen
from uuid import uuid4

from rich.console import Console

from benchmarks.fresh_process import in_fresh_process
from screenalytics_resources.errors import UserError

RESULTS = Path(__file__).parent / "results" / "object_storage.json"
EP_ID = "bench-s01e01"
_START_DEADLINE_S = 30.0
SERVER = "from moto.server import main; import sys; main(sys.argv[1:])"


@dataclass(frozen=True)
class Work:
    """One run: `server` is the address of the S3 server, None for a disk."""

    clip: Path
    server: str | None


def run_once(work: Work) -> tuple[float, int]:
    """Return the wall-clock seconds of one run of the job, and the number of files it leaves."""
    if work.server:
        bucket = f"bench-{uuid4().hex[:8]}"
        credentials = {
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        os.environ.update(credentials, AWS_ENDPOINT_URL=work.server, SCREENALYTICS_DATA_ROOT=f"s3://{bucket}/tv")
        os.environ["SCREENALYTICS_VIDEO_CACHE"] = str(Path(os.environ["DAGSTER_HOME"]).parent / "videos")
        import boto3

        boto3.client("s3").create_bucket(Bucket=bucket)
    began = time.monotonic()
    from screenalytics_app.actions.run_episode import RunRequest, run_episode
    from screenalytics_resources.artifact_store import ArtifactStore, data_root
    from screenalytics_resources.progress import FileProgress

    store = ArtifactStore(data_root())
    run_episode(RunRequest(EP_ID, work.clip, {}), store, FileProgress(store))
    return time.monotonic() - began, len(store.place.files(store.base))


def start_server() -> tuple[subprocess.Popen[bytes], str]:
    """Start an S3 server on loopback. Returns the process and its address."""
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(  # noqa: S603 - fixed command
        [sys.executable, "-c", SERVER, "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + _START_DEADLINE_S
    while time.monotonic() < deadline:
        try:
            urlopen(f"{address}/moto-api/").close()  # noqa: S310 - our own server
        except URLError:
            time.sleep(0.1)
        else:
            return server, address
    server.kill()
    raise UserError(
        f"The S3 server did not start within {_START_DEADLINE_S:.0f} s: is moto installed (make install-dev)?"
    )


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.object_storage", description=str(__doc__).split("\n")[0]
    )
    parser.add_argument("--clip", type=Path, required=True, help="video file")
    parser.add_argument("--repeat", type=int, default=3, help="number of runs of each")
    given = parser.parse_args()
    server, address = start_server()
    try:
        rounds = [
            [in_fresh_process(run_once, Work(given.clip, server_url)).value for server_url in (None, address)]
            for _ in range(given.repeat)
        ]
    finally:
        server.terminate()
        server.wait()
    disk, s3 = (median(pair[side][0] for pair in rounds) for side in (0, 1))
    result = {
        "clip": given.clip.name,
        "repeats": given.repeat,
        "files": rounds[0][1][1],
        "disk_seconds": round(disk, 2),
        "s3_seconds": round(s3, 2),
        "ratio": round(median(s3[0] / disk[0] for disk, s3 in rounds), 3),
    }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    Console().print_json(data=result)


if __name__ == "__main__":
    try:
        main()
    except UserError as error:
        sys.exit(f"error: {error}")
