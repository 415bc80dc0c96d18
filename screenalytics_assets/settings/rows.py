"""Effective settings as table rows with their value and source."""

from typing import Any

from screenalytics_assets.settings.sources import Resolved
from screenalytics_resources.inference.packs import Pack


def setting_rows(effective: Resolved[Any], pack: Pack | None = None) -> list[dict[str, str]]:
    """Return `setting`, `value` and `from` for each field of a stage. Null fields show the pack's value, if any."""
    provided = pack_values(pack) if pack else {}
    rows = []
    for name, value in effective.values.model_dump().items():
        from_pack = pack is not None and value is None and name in provided
        origin = f"pack {pack.name}" if pack and from_pack else effective.sources[name]
        rows.append({"setting": name, "value": str(provided[name] if from_pack else value), "from": origin})
    return rows


def pack_values(pack: Pack) -> dict[str, float | int]:
    """Return the values that a pack provides for null settings, by setting name."""
    return pack.thresholds.model_dump() | {
        "detector_input": pack.detector.input_size,
        "unusable_norm": pack.norms.unusable,
    }
