"""Settings and thresholds recorded in an `identities.json`."""

from dataclasses import fields

from pydantic import TypeAdapter

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings


def clustering_settings(identities: Identities) -> ClusteringSettings:
    """Return the clustering settings that the identities were built with."""
    return ClusteringSettings.model_validate(
        {name: value for name, value in identities.config.items() if name in ClusteringSettings.model_fields}
    )


def clustering_thresholds(identities: Identities) -> Thresholds:
    """Return the thresholds that the clustering used, including those of the model pack."""
    return TypeAdapter(Thresholds).validate_python(
        {field.name: identities.config[field.name] for field in fields(Thresholds)}
    )
