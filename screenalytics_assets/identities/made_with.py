"""What an `identities.json` was made with, read back from it."""

from dataclasses import fields

from pydantic import TypeAdapter

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings


def clustering_settings(identities: Identities) -> ClusteringSettings:
    """The effective settings, as the stages have them."""
    return ClusteringSettings.model_validate(
        {name: value for name, value in identities.config.items() if name in ClusteringSettings.model_fields}
    )


def clustering_thresholds(identities: Identities) -> Thresholds:
    """The numbers that the clustering worked with, those of the pack included."""
    return TypeAdapter(Thresholds).validate_python(
        {field.name: identities.config[field.name] for field in fields(Thresholds)}
    )
