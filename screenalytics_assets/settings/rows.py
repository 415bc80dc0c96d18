"""Effective settings as rows of a table: what each is, and where it came from."""

from typing import Any

from screenalytics_assets.settings.sources import Resolved
from screenalytics_resources.inference.packs import Pack


def setting_rows(effective: Resolved[Any], pack: Pack | None = None) -> list[dict[str, str]]:
    """`setting`, `value` and `from` of every field of a stage; where one is null, the pack's own value."""
    own = pack_values(pack) if pack else {}
    rows = []
    for name, value in effective.values.model_dump().items():
        by_pack = pack is not None and value is None and name in own
        origin = f"pack {pack.name}" if pack and by_pack else effective.sources[name]
        rows.append({"setting": name, "value": str(own[name] if by_pack else value), "from": origin})
    return rows


def pack_values(pack: Pack) -> dict[str, float | int]:
    """What a pack gives to settings that are null, by the name of the setting."""
    return pack.thresholds.model_dump() | {
        "detector_input": pack.detector.input_size,
        "unusable_norm": pack.norms.unusable,
    }
