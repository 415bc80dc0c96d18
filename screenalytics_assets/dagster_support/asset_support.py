"""Dagster code that every asset uses: run config, resolved settings and metadata tables."""

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
    """Return the config class of an asset: every setting that it reads, all optional, as shown in the launchpad."""
    fields: dict[str, Any] = {}
    for name, info in ARTIFACTS[asset].setting_fields().items():
        description = f"{info.description} If omitted: environment, profile or the stage's YAML file."
        fields[name] = (_config_type(info.annotation) | None, Field(default=None, description=description))
    if fields:
        fields[PROFILE] = (
            str | None,
            Field(default=None, description=f"Name of the profile. If omitted, {PROFILE_VARIABLE} selects it."),
        )
    return create_model(f"{asset.title().replace('_', '')}Config", __base__=Config, **fields)


def resolved(stage: type[S], config: Config) -> Resolved[S]:
    """Resolve the settings of one stage with the explicit values of `config`."""
    return resolve(stage, config_dir(), own_settings(stage, config.model_dump()))


def settings_metadata(*settings: Resolved[Any], pack: Pack | None = None) -> MetadataValue[Any]:
    """Return a table of every effective setting with its source. Null settings show the pack's value."""
    rows = [TableRecord(row) for effective in settings for row in setting_rows(effective, pack)]
    return MetadataValue.table(rows, schema=_columns("setting", "value", "from"))


def table_metadata(rows: Sequence[Mapping[str, str | int | float | bool]], *columns: str) -> MetadataValue[Any]:
    """Return a small table. Raises `KeyError` for a row without one of the columns."""
    records = [TableRecord({column: row[column] for column in columns}) for row in rows]
    return MetadataValue.table(records, schema=_columns(*columns))


def _columns(*names: str) -> TableSchema:
    return TableSchema(columns=[TableColumn(name) for name in names])


def _config_type(annotation: Any) -> Any:
    """Return the config type of a setting. Dagster does not support `Literal`; `resolve` checks the choices."""
    arguments = [a for a in get_args(annotation) if a is not type(None)]
    if get_origin(annotation) is Literal:
        return str
    return arguments[0] if type(None) in get_args(annotation) else annotation
