from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from functions.inspect.formats import parquet_pages
from functions.inspect.formats.base import MAX_COLUMNS, UnreadableError
from functions.inspect.formats.parquet_file import open_parquet
from functions.inspect.formats.parquet_pages import Compact, PageError, largest_page


def written(table: dict[str, list[Any]], **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    pq.write_table(pa.table(table), file, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"compression": "zstd", "use_dictionary": False},
        {"data_page_version": "2.0", "write_statistics": False},
        {"row_group_size": 7, "write_page_index": True},
    ],
)
def test_the_largest_page_is_found_among_all(options: dict[str, Any]) -> None:
    texts = ["short"] * 50 + ["long" * 10_000] + ["short"] * 50
    file = written({"text": texts, "label": [0, 1, None] * 33 + [1, 0]}, **options)
    size = largest_page(file)
    assert 40_000 <= size <= 41_000


def test_a_cell_that_unpacks_to_hundreds_of_megabytes_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = written({"text": ["a" * 3_000_000, "b"]}, compression="zstd")
    assert len(file.getvalue()) < 10_000
    monkeypatch.setattr(parquet_pages, "MAX_PAGE_BYTES", 2_000_000)
    monkeypatch.setattr(
        "functions.inspect.formats.parquet_file.MAX_PAGE_BYTES", 2_000_000
    )
    with pytest.raises(
        UnreadableError, match=r"pages of at most 2,000,000 bytes; found one of 3,000,"
    ):
        open_parquet(file)


def test_a_table_of_very_many_columns_is_refused() -> None:
    file = written({f"c{i}": [1] for i in range(MAX_COLUMNS + 1)})
    with pytest.raises(UnreadableError, match="at most 5,000 columns; found 5,001"):
        open_parquet(file)


def test_a_table_of_very_many_rows_is_refused_before_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("functions.inspect.formats.parquet_file.MAX_ROWS", 10)
    file = written({"text": ["a"] * 11, "label": ["b"] * 11})
    with pytest.raises(UnreadableError, match="at most 10 rows; found more"):
        open_parquet(file)


@pytest.mark.parametrize("data", [b"", b"\x15", b"\xfc" * 100, b"\x18\xff\xff\xff\x7f"])
def test_a_header_that_is_none_is_an_error(data: bytes) -> None:
    with pytest.raises(PageError, match="a structure that"):
        list(Compact(data).integers())


def test_a_list_that_says_it_is_endless_is_not_walked() -> None:
    with pytest.raises(PageError, match="a structure that does not end"):
        Compact(b"\x19\xf1\xff\xff\xff\xff\x7f").integers()


def test_a_footer_longer_than_the_file_is_an_error() -> None:
    with pytest.raises(PageError, match="longer than the file"):
        largest_page(io.BytesIO(b"PAR1" + b"\xff\xff\xff\x7fPAR1"))
