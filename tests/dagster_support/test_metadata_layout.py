"""Order of metadata, and a picture that the UI shows in place."""

from typing import Any

import pytest
from dagster import AssetMaterialization, MetadataValue, TableSchemaMetadataValue

from screenalytics_assets.dagster_support.metadata_layout import ordered, picture_metadata


@pytest.mark.parametrize(
    ("metadata", "key_figures", "expected"),
    [
        pytest.param({"b": 2, "a": 1}, [], ["b", "a"], id="keeps the order"),
        pytest.param({"b": 2, "a": 1, "c": 3}, ["c", "a"], ["c", "a", "b"], id="key figures first, as named"),
        pytest.param({"b": 0, "c": 0.0, "a": 1}, [], ["a", "b", "c"], id="zeros last"),
        pytest.param({"b": 0, "a": 1}, ["b"], ["b", "a"], id="key figure of zero"),
        pytest.param({"b": False, "c": "none", "a": 1}, [], ["b", "c", "a"], id="answers are not zeros"),
        pytest.param({"b": MetadataValue.json({}), "c": MetadataValue.int(0), "a": 1}, [], ["a", "b", "c"], id="typed"),
        pytest.param({"b": {"x": 0}, "c": {"x": 0, "y": 2}, "a": 1}, [], ["c", "a", "b"], id="counts of zero"),
        pytest.param({"a": 1}, ["b"], ["a"], id="absent key figure"),
        pytest.param({}, ["b"], [], id="nothing"),
    ],
)
def test_order(metadata: dict[str, Any], key_figures: list[str], expected: list[str]) -> None:
    result = ordered(metadata, *key_figures)
    assert list(result) == expected
    assert result == metadata


def test_dagster_keeps_the_order() -> None:
    event = AssetMaterialization("things", metadata=ordered({"zero": 0, "one": 1, "first": 2}, "first"))
    assert list(event.metadata) == ["first", "one", "zero"]


def test_a_picture_is_the_description_of_one_column() -> None:
    picture = picture_metadata("contact sheet", b"jpeg" * 300)
    assert isinstance(picture, TableSchemaMetadataValue)
    (column,) = picture.schema.columns
    assert column.name == "contact sheet"
    assert column.description is not None
    assert column.description.startswith("![contact sheet](data:image/jpeg;base64,anBlZ")
