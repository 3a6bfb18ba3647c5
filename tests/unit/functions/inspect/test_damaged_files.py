"""Whatever bytes are dropped, Inspect ends with an answer: rows that are ready, or problems a person can act on."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.properties import scaled
from tests.unit.functions.drops import Desk
from tests.unit.functions.written import EXTENSIONS, as_written

RECORD_LIMIT = 40_000
"""Characters of a run's record; the ledger's items may have 400 KB."""
TRIES = 500


def tries(share: float) -> settings:
    """Settings for a share of all tries; derandomized, so that every run of the tests makes the same files."""
    return settings(
        max_examples=scaled(int(TRIES * share)),
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def inspected(content: bytes, extension: str) -> dict[str, Any]:
    """The run of a drop of one file, once it is certain that it ended well."""
    seen = Desk().inspect({f"r.{extension}": content})
    assert seen["outcome"] in ("ready", "rejected")
    if seen["outcome"] == "rejected":
        assert seen["problems"]
        assert seen["problem_count"] >= len(seen["problems"])
    for problem in seen.get("problems", []):
        assert all(problem[chunk].strip() for chunk in ("expected", "found", "remedy"))
    assert len(json.dumps(seen, ensure_ascii=False).encode()) < RECORD_LIMIT
    return seen


# ---- files -----------------------------------------------------------------------------------------------------------

ANY = st.sampled_from(EXTENSIONS)
TEXTUAL = st.sampled_from(
    [e for e in EXTENSIONS if e not in ("parquet", "pq", "arrow", "feather")]
)
BINARY = st.sampled_from(["parquet", "feather"])
NAMES = [
    "text",
    "label",
    " Text ",
    "",
    "lable",
    "sentence1",
    "tokens",
    "ner_tags",
    "question",
    "answers",
    "a" * 300,
]
ODD = [
    '"',
    ",",
    ";",
    "\t",
    "\n",
    "\r",
    "\0",
    "\ufeff",
    "\u2028",
    "{",
    "[",
    "\\u0000",
    "\\ud800",
    "1e999",
    "😀",
]
CELLS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=20),
    st.lists(st.sampled_from([*ODD, "a", " "]), max_size=6).map("".join),
    st.sampled_from(
        [
            "good",
            "bad",
            "0",
            "1",
            "x" * 3000,
            "x" * 1_100_000,
            "null",
            "NaN",
            "-1",
            "['a']",
            "[1]",
        ]
    ),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)
ENCODINGS = [
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    "cp1252",
    "shift_jis",
    "koi8-r",
]


@st.composite
def ragged(draw: st.DrawFn) -> bytes:
    """Delimited text whose rows differ in cells, ends and encodings."""
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    header = (
        draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4))
        if draw(st.booleans())
        else NAMES[:2]
    )
    quote = draw(st.booleans())
    rows = draw(st.lists(st.lists(CELLS, max_size=4), max_size=12))
    good = [
        [f"film {i}", "good" if i % 2 else "bad"]
        for i in range(draw(st.sampled_from([0, 20])))
    ]
    return b"".join(
        _line(draw, [f'"{cell}"' if quote else cell for cell in row], delimiter)
        for row in [header, *good, *rows]
    )


def _line(draw: st.DrawFn, cells: list[str], delimiter: str) -> bytes:
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "cp1252", "utf-16-le"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r", ""]))
    return (delimiter.join(cells) + end).encode(encoding, "replace")


@st.composite
def rows_of_json(draw: st.DrawFn) -> bytes:
    """JSON of odd values, deep values and broken ends."""
    objects = draw(
        st.lists(
            st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=3) | VALUES,
            max_size=12,
        )
    )
    objects += [
        {"text": f"film {i}", "label": i % 2}
        for i in range(draw(st.sampled_from([0, 20])))
    ]
    lines = [json.dumps(value, ensure_ascii=draw(st.booleans())) for value in objects]
    depth = draw(st.sampled_from([0, 0, 50, 5000, 100_000]))
    lines.insert(
        draw(st.integers(0, len(lines))), '{"text": ' + "[" * depth + "]" * depth + "}"
    )
    whole = "\n".join(lines) if draw(st.booleans()) else "[" + ",".join(lines) + "]"
    return whole[: draw(st.integers(len(whole) // 2, len(whole)))].encode(
        "utf-8", "replace"
    )


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Bytes with some changed, and perhaps a piece cut out, doubled or zeroed."""
    result = bytearray(content)
    for place in draw(st.lists(st.integers(0, len(result) - 1), max_size=4)):
        result[place] ^= draw(st.integers(1, 255))
    start, length = draw(st.integers(0, len(result) - 1)), draw(st.integers(0, 40))
    piece = result[start : start + length]
    result[start : start + length] = draw(
        st.sampled_from([piece, b"", piece * 2, bytes(len(piece))])
    )
    return bytes(result)


COLUMNS: list[dict[str, list[Any]]] = [
    {"text": [f"film {i}" for i in range(40)], "label": ["good", "bad"] * 20},
    {
        "text": [f"film {i}" for i in range(40)],
        "label": [0, 1] * 20,
        "odd": [{"a": [1.5, None]}, None] * 20,
    },
    {"tokens": [["a", "b"]] * 40, "ner_tags": [["O", "B-PER"], ["O", "O"]] * 20},
]
TABLES = [
    (end, as_written(end, columns))
    for columns in COLUMNS
    for end in ("parquet", "feather", "arrow")
]
READ_AS = {"parquet": "parquet", "feather": "feather", "arrow": "feather"}

# ---- tests -----------------------------------------------------------------------------------------------------------


@tries(0.1)
@given(st.binary(max_size=400), ANY, st.booleans())
def test_random_bytes(content: bytes, extension: str, packed: bool) -> None:
    if packed:
        inspected(gzip.compress(content, mtime=0), f"{extension}.gz")
    inspected(content, extension)


@tries(0.25)
@given(ragged(), TEXTUAL)
def test_ragged_rows_of_mixed_encodings(content: bytes, extension: str) -> None:
    inspected(content, extension)


@tries(0.1)
@given(st.lists(CELLS, max_size=30), TEXTUAL, st.sampled_from(ENCODINGS))
def test_text_of_any_encoding(cells: list[str], extension: str, encoding: str) -> None:
    columns = {"text": cells, "label": ["good", "bad", "so so"] * 10}
    rows = as_written(
        extension, {"text": cells, "label": columns["label"][: len(cells)]}
    )
    inspected(rows.decode("utf-8", "replace").encode(encoding, "replace"), extension)


@tries(0.2)
@given(rows_of_json(), st.sampled_from(["json", "jsonl"]))
def test_json_of_any_depth_and_shape(content: bytes, extension: str) -> None:
    inspected(content, extension)


@tries(0.1)
@given(
    st.sampled_from(
        [gzip.compress(as_written(e, COLUMNS[0]), mtime=0) for e in ("csv", "jsonl")]
    ),
    st.data(),
    ANY,
)
def test_damaged_gzip(content: bytes, data: st.DataObject, extension: str) -> None:
    inspected(data.draw(damaged(content)), f"{extension}.gz")


@tries(0.25)
@given(st.sampled_from(TABLES), st.data(), st.booleans())
def test_damaged_tables(
    table: tuple[str, bytes], data: st.DataObject, packed: bool
) -> None:
    extension, content = table
    broken = data.draw(damaged(content))
    end = READ_AS[extension]
    inspected(
        gzip.compress(broken, 1, mtime=0) if packed else broken,
        f"{end}.gz" if packed else end,
    )


@pytest.mark.parametrize(("extension", "content"), TABLES[:6])
def test_the_tables_that_are_damaged_above_are_right_without_damage(
    extension: str, content: bytes
) -> None:
    assert inspected(content, READ_AS[extension])["outcome"] == "ready"
