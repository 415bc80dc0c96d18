"""The command line and the graph load fast: neither loads a library that it does not need."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

MODELS = (
    "onnxruntime",
    "openvino",
    "onnx",
    "insightface",
    "cv2",
    "av",
    "scenedetect",
    "skimage",
    "supervision",
    "trackers",
)
TABLES = ("matplotlib", "pandas", "pyarrow", "scipy", "sklearn")
NETWORK = ("boto3", "botocore", "dagster_graphql", "dagster_webserver", "requests", "s3fs", "slack_sdk")
NEVER = (*MODELS, *TABLES, *NETWORK)
FACE_BANK = ("pgvector", "psycopg2")
INSTANCE = ("alembic", "sqlalchemy")

COMMAND = """
import sys
from screenalytics_app.cli.main import main
sys.argv = ["screenalytics", *{arguments!r}]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
DEFINITIONS = """
from screenalytics_assets.definitions import build_definitions
build_definitions().resolve_job_def("episode")
"""
LOADED = """
import json, sys
print(json.dumps([name for name in {unwanted!r} if name in sys.modules]))
"""


@pytest.mark.parametrize(
    ("program", "unwanted"),
    [
        pytest.param(COMMAND.format(arguments=["--help"]), (*NEVER, *INSTANCE, "dagster", "numpy"), id="help"),
        pytest.param(
            COMMAND.format(arguments=["run", "--help"]), (*NEVER, *INSTANCE, "dagster", "numpy"), id="run-help"
        ),
        pytest.param(COMMAND.format(arguments=["cast", "--help"]), (*NEVER, *INSTANCE, "dagster", "numpy"), id="cast"),
        pytest.param(
            COMMAND.format(arguments=["facebank", "add", "--help"]),
            (*NEVER, *INSTANCE, "dagster", "numpy"),
            id="facebank",
        ),
        pytest.param(COMMAND.format(arguments=["config"]), (*NEVER, *INSTANCE, "dagster"), id="config"),
        pytest.param(COMMAND.format(arguments=["status"]), (*NEVER, *FACE_BANK), id="status"),
        pytest.param(DEFINITIONS, (*NEVER, *FACE_BANK, *INSTANCE), id="definitions"),
    ],
)
def test_nothing_unneeded_is_loaded(tmp_path: Path, program: str, unwanted: tuple[str, ...]) -> None:
    places = {"SCREENALYTICS_DATA_ROOT": str(tmp_path / "data"), "DAGSTER_HOME": str(tmp_path / "dagster")}
    code = program + LOADED.format(unwanted=unwanted)
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | places, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == []
