"""Sources of settings and their precedence.

Explicit value (run config) > kept with the episode > environment > profile > stage YAML > default in code.
`resolve` returns the effective values and the source of each. An unknown key is an error that names the most similar
known one.
"""

import difflib
import functools
import hashlib
import json
import os
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from screenalytics_assets.settings.stages import ALL_STAGES, StageSettings
from screenalytics_resources.errors import UserError
from screenalytics_resources.text_formats import parse_yaml

DEFAULT_PROFILE = "balanced"
_PROFILES = "performance_profiles.yaml"
PROFILE_VARIABLE = "SCREENALYTICS_PERF_PROFILE"
PROFILE = "profile"
"""Key in the explicit values that selects the profile. It is not a setting of a stage."""

_SOURCE_NAMES = {
    "environment": "the environment",
    "episode": "the settings kept with the episode",
    "explicit": "the run's settings",
}
"""Names of these sources in messages. Other sources are named as they are."""

S = TypeVar("S", bound=StageSettings)


@dataclass(frozen=True)
class Resolved(Generic[S]):
    """Effective values of a stage, and the source of each by field name."""

    values: S
    sources: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Hash of the values without their sources, so equal values from other sources have the same hash."""
        return hashlib.sha256(self.values.model_dump_json().encode()).hexdigest()


def resolve(
    model: type[S],
    config_dir: Path,
    explicit: Mapping[str, Any] | None = None,
    episode: Mapping[str, Any] | None = None,
) -> Resolved[S]:
    """Merge all sources of `model` in order of precedence.

    `explicit` values of None count as not given, because the command line and the run config use None for omitted
    options. `episode` holds the values kept with the episode. A person gave them for this episode, so they take
    precedence over the environment, which applies to all episodes of a machine. In addition to settings, both may
    contain `profile`, which otherwise comes from the environment.

    Raises:
        UserError: an unknown key, an invalid value, an unknown profile, or a file that is missing or invalid.
    """
    given = {key: value for key, value in (explicit or {}).items() if value is not None}
    kept = dict(episode or {})
    kept_profile = kept.pop(PROFILE, None)
    profile_name, profile = _profile(model, config_dir, given.pop(PROFILE, kept_profile))
    _refuse_unknown(given, model, "the run's settings")
    _refuse_unknown(kept, model, "the settings kept with the episode")
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (f"config/pipeline/{model.yaml_file}", _stage_yaml(model, config_dir)),
        (f"profile {profile_name}", profile),
        ("environment", _environment(model)),
        ("episode", kept),
        ("explicit", given),
    ]
    merged: dict[str, Any] = {}
    sources = dict.fromkeys(model.model_fields, "default")
    for source, values in layers:
        merged.update(values)
        sources.update(dict.fromkeys(values, source))
    try:
        values_model = model.model_validate(merged)
    except ValidationError as error:
        raise UserError(_explain(error, sources)) from None
    return Resolved(values_model, sources)


def own_settings(model: type[StageSettings], explicit: Mapping[str, Any]) -> dict[str, Any]:
    """Return the explicit values that are settings of `model`, and the profile."""
    return {name: value for name, value in explicit.items() if name in model.model_fields or name == PROFILE}


def _environment(model: type[StageSettings]) -> dict[str, Any]:
    given = {name: os.environ.get(model.variable(name)) for name in model.model_fields}
    return {name: value for name, value in given.items() if value}


def _stage_yaml(model: type[StageSettings], config_dir: Path) -> dict[str, Any]:
    path = config_dir / "pipeline" / model.yaml_file
    content = _read_yaml(path)
    sections = {stage.yaml_section for stage in ALL_STAGES if stage.yaml_file == model.yaml_file and stage.yaml_section}
    if model.yaml_section is None:
        content = {key: value for key, value in content.items() if key not in sections}
    else:
        content = _section(content.get(model.yaml_section), f"{path}, section {model.yaml_section},")
    _refuse_unknown(content, model, str(path))
    return content


def profiles(config_dir: Path) -> dict[str, dict[str, Any]]:
    """Return the values of every profile, by profile name."""
    path = config_dir / "pipeline" / _PROFILES
    return {name: _section(values, f"{path}, profile {name},") for name, values in _read_yaml(path).items()}


def chosen_profile(explicit: str | None) -> str:
    """Return the name of the profile: the explicit one, or that of the environment, or the default."""
    return explicit or os.environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE


def _profile(model: type[StageSettings], config_dir: Path, chosen: str | None) -> tuple[str, dict[str, Any]]:
    """Return the selected profile's name and its values for `model`. A profile can set values of several stages."""
    path = config_dir / "pipeline" / _PROFILES
    available = profiles(config_dir)
    name = chosen_profile(chosen)
    if name not in available:
        raise UserError(f"There is no profile {name!r} in {path}. Choose one of {', '.join(sorted(available))}.")
    values = available[name]
    known = {field for stage in ALL_STAGES for field in stage.model_fields}
    refuse_names(set(values), known, f"profile {name} in {path}")
    return name, {key: value for key, value in values.items() if key in model.model_fields}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        state = path.stat()
    except OSError:
        raise UserError(
            f"{path} is missing. Restore it, or set SCREENALYTICS_CONFIG_DIR to a folder that contains it."
        ) from None
    return _parsed_yaml(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _parsed_yaml(path: Path, changed_ns: int, size: int) -> dict[str, Any]:
    """Parse a settings file. Cached until the file changes, because a large library reads it thousands of times."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}). Fix the file.") from None
    return _section(parse_yaml(text, str(path)), str(path))


def _section(content: Any, where: str) -> dict[str, Any]:
    """Return the settings of a file or of a part of it. Raises `UserError` unless it maps names to values."""
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(
            f"{where} contains a {type(content).__name__} instead of settings. Write one `key: value` per line."
        )
    for key in content:
        if not isinstance(key, str):
            raise UserError(
                f"{where} has the key {key!r}, which is not the name of a setting. Write a name, or quote it."
            )
    return content


def _refuse_unknown(values: Mapping[str, Any], model: type[StageSettings], where: str) -> None:
    refuse_names(set(values), set(model.model_fields), where)


def refuse_names(names: Set[str], known: Set[str], where: str) -> None:
    """Raise `UserError` for the first of `names` that is not in `known`. The message suggests the most similar one."""
    for name in sorted(names - known):
        nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise UserError(f"Unknown setting {name!r} in {where}. Did you mean {nearest[0]!r}?")


def _explain(error: ValidationError, sources: Mapping[str, str]) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return f"Settings contradict each other: {first['msg'].removeprefix('Value error, ')}. Change one of them."
    name = str(first["loc"][0])
    source = sources.get(name, "explicit")
    return (
        f"Setting {name} = {first['input']!r} (from {_SOURCE_NAMES.get(source, source)}) is invalid: "
        f"{first['msg'].removeprefix('Value error, ')}. "
        f"docs/configuration.md lists the accepted values."
    )


def combined_sha256(resolved: tuple[Resolved[Any], ...], *more: str) -> str:
    """Return one hash over the settings that shape a result, and over `more` content that acts like a setting."""
    shaping = [one.values.shaping_json() for one in resolved]
    hashes = [hashlib.sha256(values.encode()).hexdigest() for values in shaping if values is not None]
    return hashlib.sha256(json.dumps(hashes + list(more)).encode()).hexdigest()
