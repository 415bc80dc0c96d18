"""Where settings come from, and which source wins.

Explicit value (run config, command line) > environment > profile > stage YAML > default in code.
`resolve` returns the effective values together with where each came from. A key that no model knows is an
error that names the nearest known one.
"""

import difflib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import ValidationError

from screenalytics_assets.settings import ALL_STAGES, StageSettings
from screenalytics_resources.errors import UserError

DEFAULT_PROFILE = "balanced"
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
    did not say.
    """
    given = {key: value for key, value in (explicit or {}).items() if value is not None}
    _refuse_unknown(given, model, "the run's settings")
    profile_name, profile = _profile(model, config_dir)
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


def _environment(model: type[StageSettings]) -> dict[str, Any]:
    variables = {name: model.env_names.get(name, f"SCREENALYTICS_{name.upper()}") for name in model.model_fields}
    return {name: os.environ[variable] for name, variable in variables.items() if os.environ.get(variable)}


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


def _profile(model: type[StageSettings], config_dir: Path) -> tuple[str, dict[str, Any]]:
    """Name of the chosen profile and its values for `model`; a profile speaks of several stages at once."""
    path = config_dir / "pipeline" / "performance_profiles.yaml"
    profiles = _read_yaml(path)
    name = os.environ.get("SCREENALYTICS_PERF_PROFILE") or DEFAULT_PROFILE
    if name not in profiles:
        raise UserError(f"There is no profile {name!r} in {path}: choose one of {', '.join(sorted(profiles))}.")
    values: dict[str, Any] = profiles[name] or {}
    known = {field for stage in ALL_STAGES for field in stage.model_fields}
    _refuse_names(set(values), known, f"profile {name} in {path}")
    return name, {key: value for key, value in values.items() if key in model.model_fields}


def _read_yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"{path} is missing: restore it, or point SCREENALYTICS_CONFIG_DIR to a folder that has it."
        ) from None
    except yaml.YAMLError as error:
        raise UserError(f"{path} is not valid YAML ({' '.join(str(error).split())}): mend it.") from None
    if not isinstance(content, dict | None):
        raise UserError(f"{path} holds {type(content).__name__}, not settings: write one `key: value` a line.")
    return content or {}


def _refuse_unknown(values: Mapping[str, Any], model: type[StageSettings], where: str) -> None:
    _refuse_names(set(values), set(model.model_fields), where)


def _refuse_names(names: set[str], known: set[str], where: str) -> None:
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
    """One hash over the settings of all stages of an asset, and `more` that acts like a setting."""
    return hashlib.sha256(json.dumps([r.sha256 for r in resolved] + list(more)).encode()).hexdigest()
