"""`--set KEY=VALUE`: any setting, as text; its model checks and converts the value."""

from collections.abc import Sequence
from typing import Any

import yaml

from screenalytics_resources.errors import UserError


def given_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Settings by name, their values read as YAML, as in the stage files; raises `UserError` for what is no pair."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (name and equals and text):
            raise UserError(f"--set {pair!r} is no setting: write KEY=VALUE, such as --set stride=2.")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError:
            raise UserError(f"--set {pair!r} has no readable value: write KEY=VALUE, such as --set stride=2.") from None
        if value is None or isinstance(value, dict | list):
            raise UserError(f"--set {pair!r} needs one plain value: leave the setting out to use its default.")
        found[name] = value
    return found
