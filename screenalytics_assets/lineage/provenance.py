"""Provenance: code version, hash of the settings and digests of the inputs of an artifact."""

from collections.abc import Mapping
from typing import Any, Protocol

from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.settings.sources import Resolved, combined_sha256
from screenalytics_resources.artifact import Provenance
from screenalytics_resources.inference.packs import Pack


class Digested(Protocol):
    """A loaded artifact, or its seal: provenance and digest of its content."""

    @property
    def digest(self) -> str: ...

    @property
    def provenance(self) -> Provenance: ...


def input_digests(*upstream: Digested, **external: str) -> dict[str, str]:
    """Return the inputs of a provenance: digests of upstream artifacts by asset, and of external inputs by name."""
    return {artifact.provenance.asset: artifact.digest for artifact in upstream} | external


def provenance(
    asset: str, settings: tuple[Resolved[Any], ...], inputs: Mapping[str, str], pack: Pack | None = None
) -> Provenance:
    """Return the provenance of `asset`, built with these settings and this pack from inputs with these digests."""
    return provenance_of_hash(asset, settings_sha256(settings, pack), inputs)


def provenance_of_hash(asset: str, settings_hash: str, inputs: Mapping[str, str]) -> Provenance:
    """Like `provenance`, for settings whose hash is already known."""
    return Provenance(
        asset=asset,
        code_version=ARTIFACTS[asset].code_version,
        settings_sha256=settings_hash,
        inputs=dict(sorted(inputs.items())),
    )


def with_inputs(origin: Provenance, inputs: Mapping[str, str]) -> Provenance:
    """Return a copy of `origin` with these inputs replaced. Code version and settings stay."""
    return origin.model_copy(update={"inputs": dict(sorted((origin.inputs | dict(inputs)).items()))})


def settings_sha256(settings: tuple[Resolved[Any], ...], pack: Pack | None = None) -> str:
    """Return the hash of the settings that shape an artifact, and of the content of the model pack if it reads one.

    The badges of a pack are left out, because they only colour what people see.
    """
    return combined_sha256(settings, pack.model_dump_json(exclude={"badges"}) if pack else "")
