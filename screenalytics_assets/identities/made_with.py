"""Settings and thresholds recorded in an `identities.json`."""

from dataclasses import fields

from pydantic import TypeAdapter

from screenalytics_assets.contract.identity_records import Identities
from screenalytics_assets.identities.thresholds import Thresholds
from screenalytics_assets.settings.stages import ClusteringSettings
from screenalytics_resources.inference.packs import Evidence


def clustering_settings(identities: Identities) -> ClusteringSettings:
    """Return the clustering settings that the identities were built with."""
    return ClusteringSettings.model_validate(
        {name: value for name, value in identities.config.items() if name in ClusteringSettings.model_fields}
    )


def clustering_thresholds(identities: Identities, evidence: Evidence) -> Thresholds:
    """Return the thresholds that the clustering used, with the `evidence` of the model pack."""
    recorded = {
        name: identities.config[name] for name in (item.name for item in fields(Thresholds)) if name != "evidence"
    }
    return TypeAdapter(Thresholds).validate_python(recorded | {"evidence": evidence})
