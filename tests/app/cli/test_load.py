"""The command line starts fast: help loads neither Dagster nor a model runtime."""

import json
import subprocess
import sys

import pytest

HEAVY = ("dagster", "onnxruntime", "insightface", "cv2", "av", "scipy", "sklearn", "sqlalchemy", "matplotlib")

PROGRAM = """
import json, sys
from screenalytics_app.cli.main import main
sys.argv = ["screenalytics", *{arguments!r}]
try:
    main()
except SystemExit:
    pass
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["--help"], id="all-commands"),
        pytest.param(["run", "--help"], id="run"),
        pytest.param(["cast", "--help"], id="cast"),
        pytest.param(["facebank", "add", "--help"], id="facebank"),
    ],
)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    program = PROGRAM.format(arguments=arguments, heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Usage:" in done.stdout
    assert json.loads(done.stdout.splitlines()[-1]) == []
