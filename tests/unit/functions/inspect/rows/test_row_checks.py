from __future__ import annotations

import csv
import io
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.common.drop import DropFile, StoredObject
from functions.inspect.formats import delimited
from functions.inspect.formats.base import Numbered
from functions.inspect.layouts import Plan
from functions.inspect.rows import row_checks
from functions.inspect.rows.block_checks import BlockCheck
from functions.inspect.rows.examination import Examination
from functions.inspect.rows.spool import Spool
from functions.inspect.settings_file import Options
from functions.inspect.tables import reading
from tests.properties import scaled
from tests.unit.functions.drops import messages, reviews
from tests.unit.functions.inspect.written_cells import labels, texts

row = st.tuples(texts, labels)


UNUSUAL = (
    b"\n",
    b"\r\n",
    b",,\n",
    b"text,label\n",
    b'"a"b,good\n',
    b"a,b,c\n",
    b"a,good,\n",
    b"only one\n",
    b'open ",good\n',
    b'"never closed,\n',
    b'a, "b"\n',
    b'"x" ,bad\n',
    b'"","x"\n',
    b"lone\rreturn,good\n",
    b"a\x00b,bad\n",
    b"\xe9t\xe9,good\n",
    b"\xed\xa0\x80,good\n",
    b"\x85,good\n",
    b'"never closed,good\na,bad\nb,good\nclosed",bad\n',
    b'"never closed,good\nclosed",bad\n',
    b'a,"good\nb,bad\nc,good\nd,bad\ne,good\nf,bad"\n',
)
"""Rows that have to be looked at one by one."""
broken = st.sampled_from(UNUSUAL)


@dataclass(frozen=True)
class Reading:
    """All that reading a drop leaves."""

    outcome: Examination
    lines: bytes
    single_rows: int
    """How many rows were checked one by one."""

    def facts(self) -> dict[str, Any]:
        seen = self.outcome
        spool = seen.spools["train"]
        return {
            "lines": self.lines,
            "keys": list(spool.keys),
            "numbers": list(spool.numbers),
            "classes": (list(seen.classes.ids.items()), seen.classes.overflow),
            "labels": seen.labels,
            "lengths": seen.lengths,
            "problems": (seen.problems.records(), seen.problems.count),
            "warnings": seen.warnings,
            "notes": seen.notes,
            "encodings": seen.encodings,
            "rows": seen.file_rows,
        }


def read(
    content: bytes,
    extension: str = "csv",
    task: str = "text-classification",
    *,
    blocks: bool,
) -> Reading:
    stored = StoredObject("k", len(content), "e", "v", datetime(2026, 1, 1, tzinfo=UTC))
    file = DropFile(f"rows.{extension}", stored)
    start = 0 if blocks else sys.maxsize
    single_rows = 0

    def counted(rows: Iterator[Numbered]) -> Iterator[Numbered]:
        nonlocal single_rows
        for row in rows:
            single_rows += 1
            yield row

    def check_counted(
        seen: Examination, split: str, file: str, rows: Iterator[Numbered], spool: Spool
    ) -> None:
        check_single_rows(seen, split, file, counted(rows), spool)

    check_single_rows = row_checks._check_single_rows
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.object(delimited, "BLOCKS_FROM", start),
        mock.patch.object(delimited, "BLOCK_BYTES", 200),
        mock.patch.object(delimited, "SAMPLE", 2),
        mock.patch.object(row_checks, "_check_single_rows", check_counted),
    ):
        plan = Plan("one file", {"train": (file,)})
        seen = reading.Reading(
            plan, lambda _: io.BytesIO(content), Path(folder), Options(task=task)
        ).examine()
        return Reading(seen, (Path(folder) / "train.spool").read_bytes(), single_rows)


def table(rows: list[tuple[str, str]], ending: str, quoting: int) -> bytes:
    output = io.StringIO()
    writer = csv.writer(output, lineterminator=ending, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows(rows)
    return output.getvalue().encode("utf-8", "surrogatepass")


parts = st.lists(
    st.one_of(
        st.builds(
            table,
            st.lists(row, min_size=1, max_size=8),
            st.sampled_from(["\n", "\r\n"]),
            st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        ),
        broken,
    ),
    max_size=10,
)


@given(parts, st.sampled_from([b"", b"\xef\xbb\xbf"]), st.booleans())
@settings(max_examples=scaled(150), suppress_health_check=[HealthCheck.too_slow])
def test_blocks_are_read_as_single_rows_are(
    pieces: list[bytes], mark: bytes, cut: bool
) -> None:
    content = mark + b"text,label\nfirst,good\nsecond,bad\n" + b"".join(pieces)
    content = content[:-1] if cut else content
    assert read(content, blocks=True).facts() == read(content, blocks=False).facts()


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_few_rows_are_checked_one_by_one(ending: str) -> None:
    rows = [
        (f'number {i}, "quoted"\nof 500 ', "good" if i % 2 else "bad")
        for i in range(500)
    ]
    content = b"text,label\n" + table(rows, ending, csv.QUOTE_MINIMAL)
    seen = read(content, blocks=True)
    assert len(seen.outcome.spools["train"]) == 500
    assert seen.single_rows < 40
    assert seen.facts() == read(content, blocks=False).facts()


def test_a_wrong_row_costs_no_more_than_its_block() -> None:
    rows = [(f"number {i} of 500", "good" if i % 2 else "bad") for i in range(500)]
    content = bytearray(b"text,label\n" + table(rows, "\n", csv.QUOTE_ALL))
    content[7000:7001] = b'"'
    seen = read(bytes(content), blocks=True)
    assert seen.outcome.problems.count == 1
    assert seen.single_rows < 60
    assert seen.facts() == read(bytes(content), blocks=False).facts()


def parquet(rows: list[tuple[str | None, str | None]], labels: pa.DataType) -> bytes:
    columns = list(zip(*rows, strict=True))
    arrays = [
        pa.array(columns[0], pa.string()),
        pa.array(columns[1], pa.string()).cast(labels),
    ]
    file = io.BytesIO()
    pq.write_table(pa.table(arrays, names=["text", "label"]), file)
    return file.getvalue()


optional = st.tuples(
    st.one_of(texts, texts, st.none()), st.one_of(labels, labels, st.none())
)


@given(st.lists(optional, min_size=1, max_size=400), st.booleans())
@settings(max_examples=scaled(40), suppress_health_check=[HealthCheck.too_slow])
def test_columns_of_a_parquet_file_are_read_as_its_rows_are(
    rows: list[tuple[str | None, str | None]], as_dictionary: bool
) -> None:
    kind = pa.dictionary(pa.int32(), pa.string()) if as_dictionary else pa.string()
    content = parquet([("first", "good"), ("second", "bad"), *rows], kind)
    by_block = read(content, "parquet", blocks=True)
    with mock.patch.object(BlockCheck, "check", lambda check, block: None):
        assert read(content, "parquet", blocks=True).facts() == by_block.facts()


def test_no_row_of_a_plain_parquet_file_is_checked_by_itself() -> None:
    rows = [(f"number {i}", "good" if i % 2 else "bad") for i in range(500)]
    seen = read(parquet([*rows], pa.string()), "parquet", blocks=True)
    assert (seen.single_rows, len(seen.outcome.spools["train"])) == (0, 500)


def test_more_rows_than_can_be_checked_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(row_checks, "MAX_ROWS", 30)
    assert messages({"r.csv": reviews(31)}) == [
        "r.csv: expected at most 30 rows; found more. Drop a sample of the rows."
    ]
