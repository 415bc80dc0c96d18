"""Prints `docs/configuration.md`, generated from the models: `python -m screenalytics_app.configuration_docs`."""

import sys
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from screenalytics_assets.settings import ALL_STAGES, StageSettings
from screenalytics_assets.settings_sources import DEFAULT_PROFILE, PROFILE_VARIABLE, profiles
from screenalytics_resources.project import config_dir

HEAD = f"""# Configuration

Generated from `screenalytics_assets/settings.py` and `config/pipeline/performance_profiles.yaml` by `make docs`; do not
edit.

A value is taken from the first of these that has one:

1. an explicit value: the run config of the UI, or an option of the command line (`--set KEY=VALUE` takes any setting);
2. the environment variable;
3. the profile that `--profile`, the run config or `{PROFILE_VARIABLE}` names, else `{DEFAULT_PROFILE}`;
4. the stage's YAML file in `config/pipeline`;
5. the default in code.

Where a setting is null, the model pack's own value serves. `screenalytics config` prints every effective value and
where it came from, and so does the metadata of each materialization. A key that does not exist is refused with the
nearest one. A change makes exactly the artifacts out of date whose stage reads it, except where it says otherwise.
"""
BOUNDS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def pages() -> Iterator[str]:
    """The document, section by section."""
    yield HEAD
    yield from profile_section()
    for stage in ALL_STAGES:
        yield from stage_section(stage)


def profile_section() -> Iterator[str]:
    found = {name: values for name, values in profiles(config_dir()).items() if name != "low_power"}
    yield "\n## Profiles\n\n`low_power` is another name of `fast_cpu`.\n"
    yield f"\n| setting | {' | '.join(f'`{name}`' for name in found)} |\n|---|{'---|' * len(found)}\n"
    for name in dict.fromkeys(key for values in found.values() for key in values):
        yield f"| `{name}` | {' | '.join(str(values.get(name, '')) for values in found.values())} |\n"


def stage_section(stage: type[StageSettings]) -> Iterator[str]:
    where = f"`{stage.yaml_file}`" + (f", section `{stage.yaml_section}`" if stage.yaml_section else "")
    yield f"\n## {stage.title().capitalize()}\n\n{stage.__doc__} In {where}.\n"
    if not stage.shapes_result:
        yield "A change makes nothing out of date.\n"
    yield "\n| setting | default | range | environment variable | meaning |\n|---|---|---|---|---|\n"
    for name, field in stage.model_fields.items():
        default = "null" if field.default is None else field.default
        yield f"| `{name}` | {default} | {accepted(field)} | `{stage.variable(name)}` | {field.description} |\n"


def accepted(field: FieldInfo) -> str:
    """Choices or bounds of a field, as a reader wants them."""
    choices = [choice for part in (field.annotation, *get_args(field.annotation)) for choice in literals(part)]
    if choices:
        return ", ".join(choices)
    bounds = [
        f"{sign} {getattr(bound, name):g}"
        for bound in field.metadata
        for name, sign in BOUNDS.items()
        if getattr(bound, name, None) is not None
    ]
    return ", ".join(bounds)


def literals(annotation: Any) -> tuple[str, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


if __name__ == "__main__":
    sys.stdout.writelines(pages())
