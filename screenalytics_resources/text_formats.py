"""Parsers of YAML and JSON that raise one kind of error for anything that cannot be parsed."""

import json
import re
from typing import Any

import yaml

from screenalytics_resources.errors import UserError
from screenalytics_resources.plain_text import printable

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)$")
_FLOAT = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?$|[-+]?\.(?:inf|Inf|INF)$|\.(?:nan|NaN|NAN)$")


class _Loader(yaml.SafeLoader):
    """YAML in which only decimal numbers are numbers.

    YAML 1.1 reads 1:30 as 90, 010 as 8 and 1_0 as 10. Here they are texts, which a numeric setting refuses.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":int", ":float"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", _INTEGER, list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _FLOAT, list("-+0123456789."))


class NotYamlError(UserError):
    """A text is not YAML."""


def parse_yaml(content: bytes | str, name: str) -> Any:
    """Parse YAML in UTF-8. `name` is the file in messages.

    Raises:
        NotYamlError: the content is not UTF-8, not YAML, nested too deeply, or has a value that its tag does not allow.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        line = error.object.count(b"\n", 0, error.start) + 1
        problem = f"byte 0x{byte:02x} in line {line} is not UTF-8"
    except RecursionError:
        problem = "it is nested too deeply"
    except Exception as error:  # PyYAML's constructors raise errors of many kinds for a value that does not fit its tag
        problem = " ".join(str(error).split()) or type(error).__name__
    raise NotYamlError(printable(f"{name} is not valid YAML ({problem}). Fix the file."))


def parse_json(content: bytes | str) -> Any:
    """Parse JSON. Raises `ValueError` if it is invalid or nested too deeply."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
