"""The results file: one entry per clip, pack and stride, with its details."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEY = ("clip", "pack", "stride")


def record(path: Path, entry: Mapping[str, Any], details: Mapping[str, Any]) -> None:
    """Write `entry` and its `details` to the file at `path`. Replaces those of the same clip, pack and stride.

    `results` is a list of entries. `details` has the details by "clip pack stride".
    """
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"results": [], "details": {}}
    others = [old for old in content["results"] if _key(old) != _key(entry)]
    content["results"] = sorted([*others, dict(entry)], key=_key)
    content["details"] |= {" ".join(map(str, _key(entry))): dict(details)}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(entry[name] for name in KEY)
