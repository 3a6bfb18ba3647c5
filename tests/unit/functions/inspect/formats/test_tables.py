"""Parquet and Arrow files, as their usual writers write them."""

from __future__ import annotations

import datetime
import gzip
import io
import json
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import datasets
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pytest

from contracts.problems import Problem
from functions.inspect.formats import MAX_RECORD, Table, columnar, open_table
from tests.unit.functions.drops import Desk
from tests.unit.functions.written import arrow_file, arrow_stream, parquet

BOTH = {"text": "text", "label": "label"}
WRITERS = {"parquet": parquet, "feather": arrow_file, "arrow": arrow_stream}
TEXTS = [f"a film of kind {i}" for i in range(300)]
LABELS = ["bad", "good", "so so"] * 100


class Forward(io.RawIOBase):
    """Bytes that come front to back only, as from S3."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._content.readinto(buffer)


def opened(content: bytes, extension: str) -> Table:
    stream: BinaryIO = io.BufferedReader(Forward(content))
    return open_table(stream, extension)


def cells(
    values: Any, extension: str = "parquet", metadata: dict[bytes, bytes] | None = None
) -> list[Any]:
    """The cells of a table with one column, `text`, and the numbers of its rows checked."""
    content = WRITERS[extension](pa.table({"text": values}).replace_schema_metadata(metadata))
    rows = list(opened(content, extension).rows({"text": "text"}))
    assert [number for number, _ in rows] == list(range(1, len(rows) + 1))
    return [row if isinstance(row, Problem) else row["text"] for _, row in rows]


@pytest.mark.parametrize("extension", WRITERS)
def test_columns_sample_and_rows_are_those_of_the_file(extension: str) -> None:
    content = WRITERS[extension](
        pa.table({"id": list(range(300)), " text ": TEXTS, "label": LABELS})
    )
    table = opened(content, extension)
    assert table.columns == ("id", "text", "label")
    assert table.sample == [{"id": i, "text": TEXTS[i], "label": LABELS[i]} for i in range(100)]
    assert list(table.rows(BOTH)) == [
        (i + 1, {"text": TEXTS[i], "label": LABELS[i]}) for i in range(300)
    ]
    assert (table.notes, table.warnings(), table.encoding()) == ([], [], "UTF-8")


@pytest.mark.parametrize("extension", WRITERS)
def test_two_names_may_stand_for_one_column(extension: str) -> None:
    table = opened(WRITERS[extension](pa.table({"text": ["a"], "label": ["b"]})), extension)
    assert list(table.rows({"label": "text", "text": "text"})) == [(1, {"label": "a", "text": "a"})]


@pytest.mark.parametrize("extension", WRITERS)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (
            pa.array(["a", "a text of more than twelve bytes"], pa.string_view()),
            ["a", "a text of more than twelve bytes"],
        ),
        (pa.array(["a", "b", "a"]).dictionary_encode(), ["a", "b", "a"]),
        (pa.array([1, 2**63], pa.uint64()), [1, 2**63]),
        (pa.array([0.5, float("nan"), None]), [0.5, None, None]),
        (pa.array([[0.5, float("nan")]]), [[0.5, None]]),
        (pa.array([True, False]), [True, False]),
        (pa.array([["a", "b"], [], None]), [["a", "b"], [], None]),
        (pa.array([[1, 2]], pa.list_(pa.int8(), 2)), [[1, 2]]),
        (pa.array([{"text": ["a"], "answer_start": [0]}]), [{"text": ["a"], "answer_start": [0]}]),
        (pa.array([[{"role": "user", "content": "a"}]]), [[{"role": "user", "content": "a"}]]),
        (
            pa.array([[("en", "a"), ("de", "b")]], pa.map_(pa.string(), pa.string())),
            [{"en": "a", "de": "b"}],
        ),
        (pa.array([b"a", "ä".encode()]), ["a", "ä"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array([datetime.date(2030, 1, 2)]), ["2030-01-02"]),
        (
            pa.array([datetime.datetime(2030, 1, 2, 3)], pa.timestamp("ms", "Europe/Oslo")),
            ["2030-01-02 03:00:00.000"],
        ),
        (pa.array([1], pa.timestamp("ns")), ["1970-01-01 00:00:00.000000001"]),
        (pa.array([[datetime.date(2030, 1, 2)]]), [["2030-01-02"]]),
        (pa.array([{"day": datetime.date(2030, 1, 2)}]), [{"day": "2030-01-02"}]),
        (pa.nulls(2), [None, None]),
    ],
    ids=lambda value: str(value.type) if isinstance(value, pa.Array) else "",
)
def test_values_become_plain(extension: str, values: Any, expected: list[Any]) -> None:
    result = cells(values, extension)
    assert result == expected
    json.dumps(result)


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "lz4", "brotli", "none"])
def test_parquet_is_read_in_every_compression(compression: str) -> None:
    content = parquet(
        pa.table({"text": TEXTS, "label": LABELS}), compression=compression, row_group_size=70
    )
    assert [
        row["text"] for _, row in opened(content, "pq").rows(BOTH) if isinstance(row, dict)
    ] == TEXTS


@pytest.mark.parametrize("write", [arrow_file, arrow_stream])
@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_arrow_is_read_compressed(write: Any, compression: str) -> None:
    table = opened(
        write(pa.table({"text": TEXTS, "label": LABELS}), compression=compression), "arrow"
    )
    assert [row["text"] for _, row in table.rows(BOTH) if isinstance(row, dict)] == TEXTS


def test_a_pandas_index_is_no_column(tmp_path: Path) -> None:
    frame = pd.DataFrame({"text": TEXTS, "label": pd.Categorical(LABELS)}).query("label != 'good'")
    frame.to_parquet(tmp_path / "a.parquet")
    table = opened((tmp_path / "a.parquet").read_bytes(), "parquet")
    assert table.columns == ("text", "label")
    rows = [row for _, row in table.rows(BOTH)]
    assert rows == frame[["text", "label"]].to_dict("records")


def test_feather_of_pandas_is_read(tmp_path: Path) -> None:
    pd.DataFrame({"text": TEXTS, "label": LABELS}).to_feather(tmp_path / "a.feather")
    table = opened((tmp_path / "a.feather").read_bytes(), "feather")
    assert [row["label"] for _, row in table.rows(BOTH) if isinstance(row, dict)] == LABELS


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
        "many": datasets.Sequence({"kind": datasets.ClassLabel(names=["person", "place"])}),
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
    {"text": "b", "label": -1, "tags": [], "spans": [], "of": {"kind": 1}, "many": {"kind": []}},
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
        "label": None,
        "tags": [],
        "spans": [],
        "of": {"kind": "place"},
        "many": {"kind": []},
    },
]


@pytest.mark.parametrize("extension", ["parquet", "arrow"])
def test_class_labels_of_datasets_become_their_names(extension: str, tmp_path: Path) -> None:
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
    return {b"huggingface": json.dumps({"info": {"features": {"text": feature}}}).encode()}


def test_features_of_older_datasets_are_understood() -> None:
    label = {"names": ["neg", "pos"], "_type": "ClassLabel"}
    assert cells([[0, 1]], metadata=metadata_of({"feature": label, "_type": "Sequence"})) == [
        ["neg", "pos"]
    ]
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
def test_features_that_name_no_labels_change_nothing(metadata: dict[bytes, bytes]) -> None:
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


@pytest.mark.parametrize("extension", WRITERS)
def test_a_cell_that_is_too_long_is_a_problem_of_its_row(extension: str) -> None:
    result = cells(["a", "a" * MAX_RECORD, "a" * (MAX_RECORD + 1)], extension)
    assert result[:2] == ["a", "a" * MAX_RECORD]
    assert str(result[2]) == (
        "column 'text': expected cells of at most 1,048,576 characters; found one of 1,048,577. "
        "Cut it, or delete the row."
    )


def test_a_nested_cell_is_measured_in_all_its_parts() -> None:
    result = cells(
        [[{"role": "user", "content": "a" * (MAX_RECORD // 2)}] * count for count in (1, 2)]
    )
    assert isinstance(result[0], list)
    assert isinstance(result[1], Problem)


def test_a_column_that_is_not_needed_may_hold_anything(tmp_path: Path) -> None:
    table = pa.table(
        {"text": TEXTS, "label": LABELS, "picture": [{"bytes": b"\xff\xd8", "path": None}] * 300}
    )
    union = pa.UnionArray.from_sparse(pa.array([0] * 300, pa.int8()), [pa.array(range(300))])
    for content, extension in (
        (parquet(table), "parquet"),
        (arrow_file(table.append_column("odd", union)), "feather"),
    ):
        read = opened(content, extension)
        assert read.sample[0] == {"text": TEXTS[0], "label": LABELS[0]}
        assert len(list(read.rows(BOTH))) == 300


def test_only_a_small_part_of_a_large_batch_is_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(
        columnar, "_problem", lambda names, row, measure: sizes.append(pa.total_allocated_bytes())
    )
    content = parquet(
        pa.table({"text": [f"{i} " * 2000 for i in range(20_000)]}),
        compression="none",
        use_dictionary=False,
    )
    before = pa.total_allocated_bytes()
    assert len(list(opened(content, "parquet").rows({"text": "text"}))) == 20_000
    assert 0 < max(sizes) - before < 20_000_000 < len(content) / 10


@pytest.mark.parametrize("extension", WRITERS)
def test_nothing_stays_on_disk(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    table = opened(WRITERS[extension](pa.table({"text": TEXTS})), extension)
    assert list(tmp_path.iterdir()) == []
    assert len(list(table.rows({"text": "text"}))) == 300


def test_the_whole_of_inspect_takes_a_compressed_parquet_file() -> None:
    desk = Desk()
    content = gzip.compress(parquet(pa.table({"text": TEXTS, "label": LABELS})))
    seen = desk.inspect({"r.parquet.gz": content})
    assert seen["outcome"] == "ready"
    rows = [*desk.bucket.rows(seen["run"], "train"), *desk.bucket.rows(seen["run"], "test")]
    assert {(row["text"], row["label"]) for row in rows} == set(zip(TEXTS, LABELS, strict=True))


ALONE = """
import io, sys
from functions.inspect.formats import open_table
assert "pyarrow" not in sys.modules
sys.modules["numpy"] = sys.modules["pandas"] = None
for extension in ("parquet", "feather", "arrow"):
    with open(f"{sys.argv[1]}/a.{extension}", "rb") as file:
        print([row["text"] for _, row in open_table(file, extension).rows({"text": "text"})])
"""


def test_pyarrow_comes_with_the_first_table_and_needs_nothing_else(tmp_path: Path) -> None:
    for extension, write in WRITERS.items():
        (tmp_path / f"a.{extension}").write_bytes(
            write(pa.table({"text": pa.array([1], pa.timestamp("ns", "UTC"))}))
        )
    command = [sys.executable, "-c", ALONE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stderr, done.stdout) == ("", "['1970-01-01 00:00:00.000000001']\n" * 3)
