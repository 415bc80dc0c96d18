"""Settings kept with an episode: explicit values that a person gave for it, in `manifests/{ep_id}/settings.json`.

Every entry uses them: a run of the command line, the web UI, the automation, the backfill, a cleanup, the checks and
the comparison that finds artifacts out of date. Without them, an artifact made with an explicit value would be out of
date by definition, and the next backfill would make it again with the defaults. The file is not sealed: it is input of
a person, like the files in `videos/`, and each value is validated whenever it is used.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from screenalytics_assets.settings.sources import PROFILE, Resolved, S, own_settings, refuse_names, resolve
from screenalytics_assets.settings.stages import ALL_STAGES, StageSettings
from screenalytics_resources.artifact_store import ArtifactStore
from screenalytics_resources.errors import UserError
from screenalytics_resources.project import config_dir

SETTINGS_FILE = "settings.json"
EPISODE_STAGES: tuple[type[StageSettings], ...] = tuple(stage for stage in ALL_STAGES if stage.per_episode)
"""Stages whose settings can be kept with an episode."""
KEPT_NAMES = frozenset(name for stage in EPISODE_STAGES for name in stage.model_fields) | {PROFILE}
"""Names that can be kept: the settings of these stages, and the profile."""


class KeptSettings(BaseModel):
    """`manifests/{ep_id}/settings.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    settings: dict[str, bool | int | float | str]


def kept_settings(store: ArtifactStore, ep_id: str) -> dict[str, Any]:
    """Return the settings kept with an episode by name, which may include the profile. Values are not validated.

    Raises:
        UserError: the file cannot be parsed, or it contains an unknown setting.
    """
    stored = _stored(store, ep_id)
    for name in sorted(stored.keys() - KEPT_NAMES):
        refuse_names(
            {name},
            KEPT_NAMES,
            f"{_name(store, ep_id)} (`screenalytics config --ep-id {ep_id} --unset {name}` removes it)",
        )
    return stored


def resolve_for_episode(
    model: type[S], store: ArtifactStore, ep_id: str, explicit: Mapping[str, Any] | None = None
) -> Resolved[S]:
    """Like `resolve`, with the settings kept with an episode. `explicit` may contain settings of other stages.

    Raises:
        UserError: a source is invalid.
    """
    return resolve_with_kept(model, explicit or {}, kept_settings(store, ep_id))


def resolve_with_kept(model: type[S], explicit: Mapping[str, Any], kept: Mapping[str, Any]) -> Resolved[S]:
    """Like `resolve_for_episode`, for kept settings that were already read."""
    return resolve(model, config_dir(), own_settings(model, explicit), own_settings(model, kept))


def change_kept(
    store: ArtifactStore, ep_id: str, values: Mapping[str, Any], removed: Collection[str] = ()
) -> dict[str, Any]:
    """Keep `values`, remove the settings `removed`, and return what is kept now. The caller holds the episode's lock.

    Raises:
        UserError: a name cannot be kept, a value is invalid, or a name in `removed` is not kept. Nothing is written.
    """
    before = _stored(store, ep_id)
    for name in removed:
        if name not in before:
            raise UserError(f"{ep_id} keeps no setting {name!r}. It keeps {', '.join(sorted(before)) or 'none'}.")
    after = {name: value for name, value in before.items() if name not in removed} | dict(values)
    if values:  # settings of an earlier release that are invalid now can still be removed one by one
        refuse_invalid(after)
    if after == before:
        return after
    path = store.manifest(ep_id, SETTINGS_FILE)
    if after:
        store.write(path, (json.dumps({"settings": dict(sorted(after.items()))}, indent=1) + "\n").encode())
    else:
        store.place.remove(path)
    return after


def refuse_invalid(kept: Mapping[str, Any]) -> None:
    """Raise `UserError` if `kept` contains a name that cannot be kept, or an invalid value."""
    for stage in ALL_STAGES:
        for name in sorted(kept.keys() & stage.model_fields.keys() - KEPT_NAMES):
            raise UserError(
                f"{name} cannot be kept with an episode, because it applies to the machine, the show or the library. "
                f"Set {stage.variable(name)}, or change config/pipeline/{stage.yaml_file}."
            )
    refuse_names(kept.keys(), KEPT_NAMES, "the episode's settings")
    for stage in EPISODE_STAGES:
        resolve_with_kept(stage, {}, kept)


def settings_text(kept: Mapping[str, Any]) -> str:
    """Return kept settings as one line of text."""
    return ", ".join(f"{name} = {value}" for name, value in sorted(kept.items()))


def _stored(store: ArtifactStore, ep_id: str) -> dict[str, Any]:
    (content,) = store.place.read_all([store.manifest(ep_id, SETTINGS_FILE)])
    if content is None:
        return {}
    try:
        return dict(KeptSettings.model_validate_json(content).settings)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        raise UserError(
            f"{_name(store, ep_id)}, the settings kept with the episode, is invalid ({problem}). Fix the file, or "
            f"delete it and give the settings again."
        ) from None


def _name(store: ArtifactStore, ep_id: str) -> str:
    return store.relative(store.manifest(ep_id, SETTINGS_FILE))
