"""What every asset shares on the Dagster side: run config, settings with their origin, metadata."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from dagster import Config, MetadataValue, TableColumn, TableRecord, TableSchema
from pydantic import Field, create_model

from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.settings.rows import setting_rows
from screenalytics_assets.settings.sources import PROFILE, PROFILE_VARIABLE, Resolved, S, own_settings, resolve
from screenalytics_resources.inference.packs import Pack
from screenalytics_resources.project import config_dir

OWNERS = ["team:screenalytics"]


def run_config(asset: str) -> type[Config]:
    """Config class of an asset: every setting of its stages, all optional, as the launchpad shows them."""
    fields: dict[str, Any] = {}
    for name, info in ARTIFACTS[asset].setting_fields().items():
        description = f"{info.description} Leave out to use environment, profile or stage YAML."
        fields[name] = (_plain(info.annotation) | None, Field(default=None, description=description))
    if fields:
        fields[PROFILE] = (
            str | None,
            Field(default=None, description=f"Profile. Leave out to use {PROFILE_VARIABLE}."),
        )
    return create_model(f"{asset.title().replace('_', '')}Config", __base__=Config, **fields)


def resolved(stage: type[S], config: Config) -> Resolved[S]:
    """Effective settings of a stage of the asset that `config` belongs to."""
    return resolve(stage, config_dir(), own_settings(stage, config.model_dump()))


def settings_metadata(*settings: Resolved[Any], pack: Pack | None = None) -> MetadataValue[Any]:
    """Table of every effective setting and where it came from; where one is null, the pack's own value."""
    rows = [TableRecord(row) for effective in settings for row in setting_rows(effective, pack)]
    return MetadataValue.table(rows, schema=_columns("setting", "value", "from"))


def table_metadata(rows: Sequence[Mapping[str, str | int | float | bool]], *columns: str) -> MetadataValue[Any]:
    """Small table; rows that lack a column are an error of the caller."""
    records = [TableRecord({column: row[column] for column in columns}) for row in rows]
    return MetadataValue.table(records, schema=_columns(*columns))


def _columns(*names: str) -> TableSchema:
    return TableSchema(columns=[TableColumn(name) for name in names])


def _plain(annotation: Any) -> Any:
    """Dagster's config knows no `Literal`: the choices are checked when the settings are resolved."""
    arguments = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) is Literal:
        return str
    return arguments[0] if type(None) in get_args(annotation) else annotation
