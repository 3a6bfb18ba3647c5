from __future__ import annotations

import json
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.feather
import pytest

from tests.unit.functions.inspect.formats.columns import cells, opened
from tests.unit.functions.written import parquet

FEATURES = datasets.Features(
    {
        "text": datasets.Value("string"),
        "label": datasets.ClassLabel(names=["neg", "pos"]),
        "tags": datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"])),
        "spans": [
            {
                "kind": datasets.ClassLabel(names=["person", "place"]),
                "start": datasets.Value("int32"),
            }
        ],
        "of": {"kind": datasets.ClassLabel(names=["person", "place"])},
        "many": datasets.Sequence(
            {"kind": datasets.ClassLabel(names=["person", "place"])}
        ),
    }
)


ROWS = [
    {
        "text": "a",
        "label": 1,
        "tags": [0, 1],
        "spans": [{"kind": 1, "start": 3}],
        "of": {"kind": 0},
        "many": {"kind": [1]},
    },
    {
        "text": "b",
        "label": -1,
        "tags": [],
        "spans": [],
        "of": {"kind": 1},
        "many": {"kind": []},
    },
]


NAMED = [
    {
        "text": "a",
        "label": "pos",
        "tags": ["O", "B-PER"],
        "spans": [{"kind": "place", "start": 3}],
        "of": {"kind": "person"},
        "many": {"kind": ["place"]},
    },
    {
        "text": "b",
        "label": -1,
        "tags": [],
        "spans": [],
        "of": {"kind": "place"},
        "many": {"kind": []},
    },
]


@pytest.mark.parametrize("extension", ["parquet", "arrow"])
def test_class_labels_of_datasets_become_their_names(
    extension: str, tmp_path: Path
) -> None:
    dataset = datasets.Dataset.from_list(ROWS, features=FEATURES)
    if extension == "parquet":
        dataset.to_parquet(tmp_path / "a.parquet")
    else:
        dataset.save_to_disk(tmp_path)
    table = opened(next(tmp_path.glob(f"*.{extension}")).read_bytes(), extension)
    assert table.sample == NAMED
    assert [row for _, row in table.rows({name: name for name in FEATURES})] == NAMED
    assert table.notes == [
        f"label numbers in {name!r} are read as the names that the file gives them"
        for name in ("label", "tags", "spans", "of", "many")
    ]


def metadata_of(feature: object) -> dict[bytes, bytes]:
    return {
        b"huggingface": json.dumps({"info": {"features": {"text": feature}}}).encode()
    }


def test_features_of_older_datasets_are_understood() -> None:
    label = {"names": ["neg", "pos"], "_type": "ClassLabel"}
    assert cells(
        [[0, 1]], metadata=metadata_of({"feature": label, "_type": "Sequence"})
    ) == [["neg", "pos"]]
    assert cells([[1]], metadata=metadata_of([label])) == [["pos"]]
    objects = metadata_of({"feature": {"kind": label}, "_type": "Sequence"})
    assert cells([{"kind": [1, 0]}], metadata=objects) == [{"kind": ["pos", "neg"]}]
    assert cells(["pos"], metadata=metadata_of(label)) == ["pos"]


@pytest.mark.parametrize(
    "metadata",
    [
        {b"huggingface": b"{"},
        {b"huggingface": b"[]"},
        {b"huggingface": b'{"info": {"features": []}}'},
        {b"huggingface": b"[" * 100_000},
        metadata_of([]),
        metadata_of("ClassLabel"),
        metadata_of({"_type": "ClassLabel"}),
        metadata_of({"_type": "ClassLabel", "names": 3}),
        metadata_of({"_type": "List"}),
        metadata_of({"_type": "Value", "dtype": "int64"}),
    ],
)
def test_features_that_name_no_labels_change_nothing(
    metadata: dict[bytes, bytes],
) -> None:
    assert cells([1, -1], metadata=metadata) == [1, -1]


def test_a_number_that_names_no_label_is_a_problem_of_its_row() -> None:
    metadata = metadata_of({"names": ["neg", "pos"], "_type": "ClassLabel"})
    result = cells([0, 2], metadata=metadata)
    assert result[0] == "neg"
    assert str(result[1]) == (
        "column 'text': expected a label from 0 to 1, as the file's features name them; found the number 2. "
        "Correct the number, or name the label."
    )


def test_a_number_that_names_no_label_is_an_empty_cell_of_the_sample() -> None:
    metadata = metadata_of({"names": ["neg", "pos"], "_type": "ClassLabel"})
    content = parquet(pa.table({"text": [0, 2]}).replace_schema_metadata(metadata))
    assert opened(content, "parquet").sample == [{"text": "neg"}, {"text": None}]
