"""The configured model packs: what they may be used for, and whether their models are installed."""

from dataclasses import dataclass

from screenalytics_resources.inference.packs import is_available, list_packs
from screenalytics_resources.project import config_dir


@dataclass(frozen=True)
class PackSummary:
    """One model pack."""

    name: str
    title: str
    licence: str
    commercial_use: bool
    calibrated: bool
    installed: bool


@dataclass(frozen=True)
class ModelPacks:
    """Every configured pack, in order of their names."""

    packs: tuple[PackSummary, ...]


def model_packs() -> ModelPacks:
    """Return every configured pack."""
    summaries = (
        PackSummary(
            name=pack.name,
            title=pack.title,
            licence=pack.licence,
            commercial_use=pack.commercial_use,
            calibrated=pack.calibration.calibrated,
            installed=is_available(pack),
        )
        for pack in list_packs(config_dir())
    )
    return ModelPacks(tuple(summaries))
