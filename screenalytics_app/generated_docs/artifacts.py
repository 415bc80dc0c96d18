"""Prints `docs/artifacts.md`, generated from the schemas: `python -m screenalytics_app.generated_docs.artifacts`."""

import sys
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from screenalytics_assets.contract import schemas
from screenalytics_assets.contract.record_types import Record
from screenalytics_assets.lineage.artifact_table import ARTIFACTS
from screenalytics_resources.artifact import DocumentSpec, Spec

HEAD = """# Artifacts

Generated from `screenalytics_assets/contract/schemas.py` and the records it names by `make docs`; do not edit.

{conventions}

Every file is sealed. A JSON document has a member `seal` beside its fields. A JSON Lines table holds one row per line
and nothing else, so `pandas.read_json(path, lines=True)`, DuckDB and Polars read it as it is; its seal is the member
`seal` of a side file, such as `tracks.seal.json` for `tracks.jsonl`. The seal holds the SHA-256 of the content, the
SHA-256 of every companion file (with shape and dtype where it is an array), the model pack, the digest that
downstream compares, and the provenance: code version, hash of the settings, digests of the inputs. Reading checks all
of it, so a file that was truncated, edited or swapped is refused with its name and the cause. Copy or move a table
together with its side file.

While a table is being replaced its side file also has a member `previous_seal`, and the table matches one of the two.
Tables of older releases have the seal as their first line and no side file. They are read until they are made again.

`{{root}}` is `SCREENALYTICS_DATA_ROOT`, by default `./data`.
"""


def pages() -> Iterator[str]:
    """The document, section by section."""
    yield HEAD.format(conventions=(schemas.__doc__ or "").split("\n\n", 1)[1].strip())
    shown: set[type[BaseModel]] = set()
    for asset, row in ARTIFACTS.items():
        yield f"\n## {asset}\n"
        for path, model in files(row.spec):
            yield f"\n### `{path}`\n"
            if path.endswith(".seal.json"):
                yield "\nSeal of the table above.\n"
            elif model is None:
                yield "\nfloat32, C order, unit rows; row i belongs to the row whose `embedding_row` is i.\n"
            else:
                yield from describe(model, shown)


def files(spec: Spec) -> Iterator[tuple[str, type[BaseModel] | None]]:
    """Every file of an artifact with the model of its content; None for an array and for a seal."""
    manifests = f"{{root}}/manifests/{'{show}' if ARTIFACTS[spec.asset].scope == 'show' else '{ep_id}'}"
    if isinstance(spec, DocumentSpec):
        yield f"{manifests}/{spec.file}", spec.model
        return
    yield f"{manifests}/{spec.file}", spec.row
    yield f"{manifests}/{spec.seal_file}", None
    for name, model in spec.documents.items():
        yield f"{manifests}/{name}", model
    for name in spec.arrays:
        yield f"{{root}}/embeds/{{ep_id}}/{name}", None
    if spec.crops:
        yield f"{{root}}/frames/{{ep_id}}/{spec.crops}", schemas.CropIndex


def describe(model: type[BaseModel], shown: set[type[BaseModel]]) -> Iterator[str]:
    """One model as a table of its fields, and after it every model that it is made of, once."""
    if model in shown:
        return
    shown.add(model)
    schema = model.model_json_schema()
    yield f"\n**{model.__name__}**: {' '.join((model.__doc__ or '').split())}\n\n"
    yield "| field | type | meaning |\n|---|---|---|\n"
    for name, field in schema["properties"].items():
        yield f"| `{name}` | {type_name(field)} | {field.get('description', '')} |\n"
    records = {record.__name__: record for record in Record.__subclasses__()}
    for inner in schema.get("$defs", {}):
        yield from describe(records[inner], shown)


def type_name(field: dict[str, Any]) -> str:  # noqa: PLR0911 - one return a case
    """A JSON Schema type in a few words."""
    match field:
        case {"$ref": reference}:
            return str(reference.rsplit("/", 1)[1])
        case {"anyOf": options}:
            return " or ".join(type_name(option) for option in options)
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"const": value}:
            return f"`{value}`"
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(type_name(item) for item in items)}]"
        case {"type": "array"}:
            return f"list of {type_name(field.get('items', {}))}"
        case {"type": "boolean"}:
            return "true or false"
    return str(field.get("format") or field.get("type", "object"))


if __name__ == "__main__":
    sys.stdout.writelines(pages())
