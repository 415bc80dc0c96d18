"""The asset graph: a snapshot of all assets and checks, and the cost of loading it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from screenalytics_assets.dagster_support.partitions import EPISODES
from screenalytics_assets.definitions import build_definitions

SNAPSHOT = Path(__file__).parent / "graph_snapshot.json"
HEAVY = (
    "av",
    "cv2",
    "insightface",
    "matplotlib",
    "onnx",
    "onnxruntime",
    "opentimelineio",
    "pandas",
    "pyarrow",
    "scenedetect",
    "scipy",
    "skimage",
    "sklearn",
    "trackers",
)
MAX_LOAD_S = 2.0


def graph() -> dict[str, Any]:
    """Return the graph as JSON values. Asset keys come first because other systems refer to them."""
    definitions = build_definitions()
    graph = definitions.resolve_implicit_global_asset_job_def().asset_layer.asset_graph
    assets = {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}
    return {
        "asset_keys": sorted(assets),
        "assets": {
            name: {
                "after": sorted(key.to_user_string() for key in node.parent_keys),
                "group": node.group_name,
                "kinds": sorted(node.kinds),
                "owners": list(node.owners),
                "code_version": (node.code_version or "").split("-")[0],
                "pools": sorted(node.pools or []),
                "partitioned_by_episode": node.partitions_def == EPISODES,
                "described": bool(node.description),
            }
            for name, node in sorted(assets.items())
        },
        "checks": {
            f"{key.asset_key.to_user_string()}.{key.name}": {
                "blocking": graph.get_check_spec(key).blocking,
                "partitioned_by_episode": graph.get_check_spec(key).partitions_def == EPISODES,
            }
            for key in sorted(graph.asset_check_keys, key=str)
        },
    }


def test_the_graph_matches_the_snapshot() -> None:
    """After an intended change, update the snapshot with `python tests/test_graph.py`."""
    assert graph() == json.loads(SNAPSHOT.read_text())


def test_loading_the_graph_is_fast_and_imports_no_heavy_library() -> None:
    program = (
        "import json, sys, time\n"
        "began = time.process_time()\n"
        "from dagster import Definitions\n"
        "from screenalytics_assets.definitions import build_definitions\n"
        "Definitions.validate_loadable(build_definitions())\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(json.dumps({'seconds': time.process_time() - began, 'heavy': heavy}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    loaded = json.loads(done.stdout)
    assert loaded["heavy"] == []
    assert loaded["seconds"] < MAX_LOAD_S


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(graph(), indent=1) + "\n")
