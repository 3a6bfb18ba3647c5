"""Parquet and Arrow files that cannot be read, and files under their names that are something else."""

from __future__ import annotations

import base64
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow.parquet import encryption

from functions.inspect.formats import columnar
from tests.unit.functions.broken_drops import EXPORT, FEW, office
from tests.unit.functions.drops import messages, reviews
from tests.unit.functions.written import arrow_file, arrow_stream, parquet

TABLE = pa.table(
    {"text": [f"film {i}" for i in range(500)], "label": ["good", "bad"] * 250}
)
PARQUET, ARROW, STREAM = parquet(TABLE), arrow_file(TABLE), arrow_stream(TABLE)
AGAIN = "Write the file again and upload it whole."
RENAME = (
    "Give the file the ending that fits its content, for example .csv, .tsv or .jsonl."
)
KINDS = "Save the column as text, or write the table as CSV."


class Keys(encryption.KmsClient):  # type: ignore[misc]
    """Wraps keys in nothing."""

    def __init__(self, config: Any) -> None:
        super().__init__()

    def wrap_key(self, key: bytes, master: str) -> bytes:
        return base64.b64encode(key)


def encrypted(plaintext_footer: bool) -> bytes:
    how = encryption.EncryptionConfiguration(
        "k", column_keys={"c": ["text"]}, plaintext_footer=plaintext_footer
    )
    keys = encryption.CryptoFactory(Keys).file_encryption_properties(
        encryption.KmsConnectionConfig(), how
    )
    content = io.BytesIO()
    with pq.ParquetWriter(content, TABLE.schema, encryption_properties=keys) as writer:
        writer.write_table(TABLE)
    return content.getvalue()


def labelled(values: Any) -> Any:
    return pa.table({"text": values, "label": ["good", "bad"] * (len(values) // 2)})


UNION = pa.UnionArray.from_sparse(pa.array([0] * 20, pa.int8()), [pa.array(range(20))])

FILES: dict[str, tuple[str, bytes, str]] = {
    "CSV as Parquet": (
        "r.parquet",
        reviews().encode(),
        f"r.parquet: expected a Parquet file; found text that begins with 'text,label'. {RENAME}",
    ),
    "CSV as Arrow": (
        "r.feather",
        reviews().encode(),
        f"r.feather: expected an Arrow file; found text that begins with 'text,label'. {RENAME}",
    ),
    "unknown bytes as Parquet": (
        "r.pq",
        b"\0\1\2\3",
        f"r.pq: expected a Parquet file; found something else. {RENAME}",
    ),
    "a Word document as Parquet": (
        "r.parquet",
        office(),
        f"r.parquet: expected a Parquet file; found an office document. {EXPORT}",
    ),
    "Parquet as CSV": (
        "r.csv",
        PARQUET,
        "r.csv: expected text; found a Parquet file. Rename it to .parquet.",
    ),
    "Parquet as plain text": (
        "r.txt",
        PARQUET,
        "r.txt: expected text; found a Parquet file. Rename it to .parquet.",
    ),
    "Arrow as JSON Lines": (
        "r.jsonl",
        ARROW,
        "r.jsonl: expected text; found an Arrow file. Rename it to .arrow.",
    ),
    "Arrow stream as TSV": (
        "r.tsv",
        STREAM,
        "r.tsv: expected text; found an Arrow file. Rename it to .arrow.",
    ),
    "Arrow as Parquet": (
        "r.parquet",
        ARROW,
        "r.parquet: expected a Parquet file; found an Arrow file. Rename it to .arrow.",
    ),
    "Parquet as Arrow": (
        "r.feather",
        PARQUET,
        "r.feather: expected an Arrow file; found a Parquet file. Rename it to .parquet.",
    ),
    "old Feather": (
        "r.feather",
        b"FEA1\0\0\0\0",
        "r.feather: expected an Arrow file; found a Feather file of version 1. "
        "Write it again as Feather version 2, or as Parquet.",
    ),
    "Parquet as gzip": (
        "r.parquet.gz",
        PARQUET,
        "r.parquet.gz: expected a gzip file; found a Parquet file. Remove .gz from the name, or compress the file.",
    ),
    "zero bytes": (
        "r.parquet",
        b"",
        "r.parquet: expected a Parquet file; found an empty file (zero bytes). "
        "Upload the file again: it may have been cut off.",
    ),
    "encrypted": (
        "r.parquet",
        encrypted(plaintext_footer=False),
        "r.parquet: expected a Parquet file; found an encrypted Parquet file. Write it again without encryption.",
    ),
    "encrypted as CSV": (
        "r.csv",
        encrypted(plaintext_footer=False),
        "r.csv: expected text; found an encrypted Parquet file. Write it again without encryption.",
    ),
    "an encrypted column": (
        "r.parquet",
        encrypted(plaintext_footer=True),
        "r.parquet: expected a complete Parquet file; found one with encrypted columns. "
        "Write it again without encryption.",
    ),
    "Parquet cut off": (
        "r.parquet",
        PARQUET[:-50],
        "r.parquet: expected a complete Parquet file; found one that is cut off. Upload the file again.",
    ),
    "Arrow cut off": (
        "r.feather",
        ARROW[:-50],
        "r.feather: expected a complete Arrow file; found one that is cut off. Upload the file again.",
    ),
    "Arrow stream cut off": (
        "r.feather",
        STREAM[:-50],
        "r.feather: expected a complete Arrow file; found a damaged one (Expected to be able to read 9664 bytes for "
        f"message body, got 9622). {AGAIN}",
    ),
    "Parquet without its beginning": (
        "r.parquet",
        b"PAR1" + PARQUET[2000:],
        "r.parquet: expected a complete Parquet file; found a damaged one (a page without a size). "
        f"{AGAIN}",
    ),
    "Parquet damaged in the middle": (
        "r.parquet",
        PARQUET[:10] + bytes(100) + PARQUET[110:],
        f"r.parquet: expected a complete Parquet file; found a damaged one (a page without a size). {AGAIN}",
    ),
    "text that is not UTF-8": (
        "r.parquet",
        parquet(
            labelled(
                pa.Array.from_buffers(
                    pa.string(), 2, pa.array([b"\xff", b"a"]).buffers()
                )
            )
        ),
        "r.parquet: expected a complete Parquet file; found a damaged one (In column 0: Invalid: Invalid UTF8 sequence "
        f"at string index 0). {AGAIN}",
    ),
    "no columns": (
        "r.parquet",
        parquet(pa.table({})),
        "r.parquet: expected a table with named columns; found no column. Check the export.",
    ),
    "a column without a name": (
        "r.feather",
        arrow_file(pa.table({" ": ["a"]})),
        "r.feather: expected a table with named columns; found no column. Check the export.",
    ),
    "a column twice": (
        "r.parquet",
        parquet(pa.table([["a"], ["b"]], ["text", "text "])),
        "r.parquet: expected column names that differ; found 'text' twice. Rename or delete the repeated column.",
    ),
    "no rows": (
        "r.parquet",
        parquet(TABLE.slice(0, 0)),
        f"r.parquet: expected at least 10 rows to train on; found none. {FEW}",
    ),
    "no rows in a stream": (
        "r.feather",
        arrow_stream(TABLE.slice(0, 0)),
        f"r.feather: expected at least 10 rows to train on; found none. {FEW}",
    ),
    "no known column": (
        "r.parquet",
        parquet(TABLE.rename_columns(["text", "lable"])),
        "r.parquet: expected a column for the label; found the columns 'text', 'lable'. "
        "Column 'lable' looks like 'label': rename it to 'label'.",
    ),
    "a text that is an object": (
        "r.parquet",
        parquet(labelled([{"body": "a"}] * 20)),
        "r.parquet, row 1, column 'text': expected a plain value; found a JSON object. "
        "Give each row one text, as a plain value.",
    ),
    "an empty cell": (
        "r.parquet",
        parquet(labelled(["a film", None] * 20)),
        "r.parquet, row 2, column 'text': expected a text; found an empty cell. Fill in the text or delete the row.",
    ),
    "bytes that are no text": (
        "r.parquet",
        parquet(labelled([b"a", b"\xff"] * 20)),
        "r.parquet, column 'text': expected text, numbers, lists or objects; found values of the type binary that are "
        f"none of these. {KINDS}",
    ),
    "a name that is not UTF-8": (
        "r.feather",
        ARROW.replace(b"label", b"lab\xffl"),
        "r.feather: expected a complete Arrow file; found a damaged one ('utf-8' codec can't decode byte 0xff in "
        f"position 3: invalid start byte). {AGAIN}",
    ),
    "an object with one name twice": (
        "r.feather",
        arrow_file(
            labelled(pa.StructArray.from_arrays([pa.array(["a"] * 20)] * 2, ["a", "a"]))
        ),
        "r.feather, column 'text': expected text, numbers, lists or objects; found the type "
        f"struct<a: string, a: string>. {KINDS}",
    ),
    "a type that has no plain form": (
        "r.feather",
        arrow_file(labelled(UNION)),
        "r.feather, column 'text': expected text, numbers, lists or objects; found the type "
        f"sparse_union<0: int64=0>. {KINDS}",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), FILES.values(), ids=FILES)
def test_a_broken_table_is_refused_with_place_and_remedy(
    name: str, content: bytes, message: str
) -> None:
    assert messages({name: content})[0] == message


REPEATED = parquet(pa.table({"text": ["a" * 1000] * 200, "label": ["b"] * 200}))


@pytest.mark.parametrize(
    "limit", [0, len(REPEATED)], ids=["in the file", "once unpacked"]
)
def test_a_table_that_is_too_large_to_check_is_refused(
    limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columnar, "MAX_CHARACTERS", limit)
    assert messages({"r.parquet": REPEATED}) == [
        "r.parquet: expected a file that can be checked in time; found more than 0 GiB. Drop a sample of the rows."
    ]
