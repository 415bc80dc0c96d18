"""Version tags for materializations reported from outside an asset. Dagster derives staleness from them."""

from collections.abc import Mapping
from typing import Any

from screenalytics_assets.dagster_support.internals import (
    CODE_VERSION_TAG,
    DATA_VERSION_IS_USER_PROVIDED_TAG,
    DATA_VERSION_TAG,
    INPUT_DATA_VERSION_TAG_PREFIX,
    INPUT_EVENT_POINTER_TAG_PREFIX,
    NULL_EVENT_POINTER,
)
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.lineage.effective_versions import recorded_version
from screenalytics_resources.artifact import Provenance


def version_tags(asset: str, digest: str, origin: Provenance, kept: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return tags with the version of the content, of the code, and of each upstream asset's content.

    `kept` holds the settings kept with the episode.
    """
    inputs = {name: origin.inputs[name] for name in ARTIFACTS[asset].upstream if name in origin.inputs}
    return {
        DATA_VERSION_TAG: digest,
        DATA_VERSION_IS_USER_PROVIDED_TAG: "true",
        CODE_VERSION_TAG: recorded_version(asset, origin, kept or {}),
        **{f"{INPUT_DATA_VERSION_TAG_PREFIX}/{name}": version for name, version in inputs.items()},
        # Dagster treats an input without an event pointer as a new dependency.
        **{f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{name}": NULL_EVENT_POINTER for name in inputs},
    }


def known_digest(tags: Mapping[str, str] | None) -> str | None:
    """Return the digest recorded in the tags of a materialization, or None."""
    return (tags or {}).get(DATA_VERSION_TAG)
