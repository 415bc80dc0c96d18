"""Dagster code that every asset uses: run config, resolved settings and metadata tables."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from dagster import AssetExecutionContext, Config, MetadataValue, TableColumn, TableRecord, TableSchema
from pydantic import Field, create_model

from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_assets.settings.episode_settings import (
    KEPT_NAMES,
    kept_settings,
    resolve_with_kept,
    settings_text,
)
from screenalytics_assets.settings.rows import setting_rows
from screenalytics_assets.settings.sources import PROFILE, PROFILE_VARIABLE, Resolved, S
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.inference.packs import Pack

OWNERS = ["team:screenalytics"]
_FOR_THIS_RUN = (
    "For this run only. If omitted: the value kept with the episode, environment, profile or the stage's YAML file."
)


def run_config(asset: str) -> type[Config]:
    """Return the config class of an asset: every setting that it reads, all optional, as shown in the launchpad."""
    fields: dict[str, Any] = {}
    for name, info in ARTIFACTS[asset].setting_fields().items():
        description = f"{info.description} {_FOR_THIS_RUN}"
        fields[name] = (_config_type(info.annotation) | None, Field(default=None, description=description))
    if fields:
        fields[PROFILE] = (
            str | None,
            Field(
                default=None,
                description="Name of the profile, for this run only. If omitted, the settings kept with the episode or "
                f"{PROFILE_VARIABLE} select it.",
            ),
        )
    return create_model(f"{asset.title().replace('_', '')}Config", __base__=Config, **fields)


def resolved(stage: type[S], config: Config, kept: Mapping[str, Any] | None = None) -> Resolved[S]:
    """Resolve the settings of one stage with the explicit values of `config` and those kept with the episode."""
    return resolve_with_kept(stage, config.model_dump(), kept or {})


def kept_for_run(context: AssetExecutionContext, config: Config, store: ArtifactStore) -> Mapping[str, Any]:
    """Return the settings kept with the episode of a run.

    Logs a warning for each value of `config` that differs from them: the artifact is out of date as soon as it is made,
    so the next backfill makes it again.

    Raises:
        UserError: the file with the settings is invalid.
    """
    ep_id = context.partition_key
    kept = kept_settings(store, ep_id)
    given = {name: value for name, value in config.model_dump().items() if value is not None and name in KEPT_NAMES}
    changed = {name: value for name, value in given.items() if kept.get(name) != value}
    if changed:
        pairs = " ".join(f"--set {name}={value}" for name, value in changed.items())
        context.log.warning(
            f"{settings_text(changed)}: for this run only, so the next backfill makes this asset again without it. "
            f"`screenalytics config --ep-id {ep_id} {pairs}` keeps it with the episode."
        )
    return kept


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
