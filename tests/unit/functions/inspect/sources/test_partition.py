from __future__ import annotations

import io
from dataclasses import replace

from functions.inspect.sources import open_source
from functions.inspect.sources.partition import Partition
from tests.unit.functions.inspect.drop_files import drop_file

STORED = drop_file("label=pos/a.csv").stored
FILE = Partition("label=pos/a.csv", STORED, {"label": "pos"}, {"label": ["neg", "pos"]})
CONTENT = b"text\nso fine\nso good\nso so\n"


def test_every_row_has_the_values_of_the_folders() -> None:
    with open_source(FILE, lambda _: io.BytesIO(CONTENT)) as table:
        assert table.columns == ("text", "label")
        assert list(table.rows({"text": "text", "label": "label"})) == [
            (2, {"text": "so fine", "label": "pos"}),
            (3, {"text": "so good", "label": "pos"}),
            (4, {"text": "so so", "label": "pos"}),
        ]


def test_the_sample_shows_all_values_of_the_drop() -> None:
    with open_source(FILE, lambda _: io.BytesIO(CONTENT)) as table:
        assert [row["label"] for row in table.sample] == ["neg", "pos", "neg"]


def test_a_folder_without_a_value_is_an_empty_cell() -> None:
    empty = replace(FILE, values={"label": None})
    with open_source(empty, lambda _: io.BytesIO(CONTENT)) as table:
        assert next(iter(table.rows({"label": "label"}))) == (2, {"label": None})


def test_a_column_of_the_file_itself_stays() -> None:
    content = b"text,label\nso fine,good\n"
    with open_source(FILE, lambda _: io.BytesIO(content)) as table:
        assert table.sample == [{"text": "so fine", "label": "good"}]
        assert next(iter(table.rows({"label": "label"}))) == (2, {"label": "good"})
