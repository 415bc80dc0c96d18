"""Reads `--set KEY=VALUE`; the setting's model validates and converts the value."""

from collections.abc import Sequence
from typing import Any

from screenalytics_resources.errors import UserError
from screenalytics_resources.text_formats import NotYamlError, parse_yaml

EXAMPLE = "write KEY=VALUE, such as --set stride=2."


def given_settings(pairs: Sequence[str]) -> dict[str, Any]:
    """Return settings by name, with values read as YAML like in the stage files.

    Raises:
        UserError: a text is not a pair of a key and one plain value.
    """
    settings: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not (name and equals and text):
            raise UserError(f"--set {pair!r} is not a setting: {EXAMPLE}")
        try:
            value = parse_yaml(text, name)
        except NotYamlError:
            raise UserError(f"--set {pair!r} has no readable value: {EXAMPLE}") from None
        if value is None or isinstance(value, dict | list):
            raise UserError(f"--set {pair!r} needs one plain value: leave the setting out to use its default.")
        settings[name] = value
    return settings
