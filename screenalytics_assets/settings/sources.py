"""Where settings come from, and which source wins.

Explicit value (run config, command line) > environment > profile > stage YAML > default in code.
`resolve` returns the effective values together with where each came from. A key that no model knows is an
error that names the nearest known one.
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

import yaml
from pydantic import ValidationError

from screenalytics_assets.settings.stages import ALL_STAGES, StageSettings
from screenalytics_resources.errors import UserError

DEFAULT_PROFILE = "balanced"
_PROFILES = "performance_profiles.yaml"
PROFILE_VARIABLE = "SCREENALYTICS_PERF_PROFILE"
PROFILE = "profile"
"""Key of the explicit values that chooses the profile; it is no setting of any stage."""

S = TypeVar("S", bound=StageSettings)


@dataclass(frozen=True)
class Resolved(Generic[S]):
    """Effective values of a stage and where each came from."""

    values: S
    sources: Mapping[str, str]

    @property
    def sha256(self) -> str:
        """Hash of the values alone: the same values from another source are the same settings."""
        return hashlib.sha256(self.values.model_dump_json().encode()).hexdigest()


def resolve(model: type[S], config_dir: Path, explicit: Mapping[str, Any] | None = None) -> Resolved[S]:
    """Merge every source of `model` in the documented order; raise `UserError` for a bad key or value.

    `explicit` values of None count as not given, as the command line and run config leave out what the user
    did not say. Beside settings it may name the `profile`, which else comes from the environment.
    """
    given = {key: value for key, value in (explicit or {}).items() if value is not None}
    profile_name, profile = _profile(model, config_dir, given.pop(PROFILE, None))
    _refuse_unknown(given, model, "the run's settings")
    layers: list[tuple[str, Mapping[str, Any]]] = [
        (f"config/pipeline/{model.yaml_file}", _stage_yaml(model, config_dir)),
        (f"profile {profile_name}", profile),
        ("environment", _environment(model)),
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
        raise UserError(_sentence(error, sources)) from None
    return Resolved(values_model, sources)


def own_settings(model: type[StageSettings], explicit: Mapping[str, Any]) -> dict[str, Any]:
    """Those of an asset's explicit values that `model` understands, and the profile."""
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
        content = content.get(model.yaml_section) or {}
    _refuse_unknown(content, model, str(path))
    return content


def profiles(config_dir: Path) -> dict[str, dict[str, Any]]:
    """Every profile with its values, as the file has them."""
    return {name: values or {} for name, values in _read_yaml(config_dir / "pipeline" / _PROFILES).items()}


def chosen_profile(explicit: str | None) -> str:
    """Name of the profile that counts."""
    return explicit or os.environ.get(PROFILE_VARIABLE) or DEFAULT_PROFILE


def _profile(model: type[StageSettings], config_dir: Path, chosen: str | None) -> tuple[str, dict[str, Any]]:
    """Name of the chosen profile and its values for `model`; a profile speaks of several stages at once."""
    path = config_dir / "pipeline" / _PROFILES
    found = profiles(config_dir)
    name = chosen_profile(chosen)
    if name not in found:
        raise UserError(f"There is no profile {name!r} in {path}: choose one of {', '.join(sorted(found))}.")
    values = found[name]
    known = {field for stage in ALL_STAGES for field in stage.model_fields}
    refuse_names(set(values), known, f"profile {name} in {path}")
    return name, {key: value for key, value in values.items() if key in model.model_fields}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        state = path.stat()
    except FileNotFoundError:
        raise UserError(
            f"{path} is missing: restore it, or point SCREENALYTICS_CONFIG_DIR to a folder that has it."
        ) from None
    return _parsed_yaml(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=64)
def _parsed_yaml(path: Path, changed_ns: int, size: int) -> dict[str, Any]:
    """Content of a settings file, parsed once until it changes: a library asks for it thousands of times."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML ({' '.join(str(error).split())}): mend it.") from None
    if not isinstance(content, dict | None):
        raise UserError(f"{path} holds {type(content).__name__}, not settings: write one `key: value` a line.")
    return content or {}


def _refuse_unknown(values: Mapping[str, Any], model: type[StageSettings], where: str) -> None:
    refuse_names(set(values), set(model.model_fields), where)


def refuse_names(names: Set[str], known: Set[str], where: str) -> None:
    """Raise `UserError` for the first of `names` that is not among `known`; it names the nearest one."""
    for name in sorted(names - known):
        near = difflib.get_close_matches(name, known, n=1, cutoff=0)
        raise UserError(f"{where} has an unknown setting {name!r}: did you mean {near[0]!r}?")


def _sentence(error: ValidationError, sources: Mapping[str, str]) -> str:
    first = error.errors()[0]
    if not first["loc"]:
        return f"Settings contradict each other: {first['msg'].removeprefix('Value error, ')}; change one of them."
    name = str(first["loc"][0])
    return f"Setting {name} = {first['input']!r} (from {sources.get(name, 'the run')}) is out of order: {first['msg']}."


def combined_sha256(resolved: tuple[Resolved[Any], ...], *more: str) -> str:
    """One hash over the settings of all stages that shape an asset's result, and `more` that acts like a setting."""
    hashes = [one.sha256 for one in resolved if one.values.shapes_result]
    return hashlib.sha256(json.dumps(hashes + list(more)).encode()).hexdigest()
