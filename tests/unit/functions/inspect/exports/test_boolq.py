from __future__ import annotations

import io
import json

from functions.inspect.exports import with_plain_columns
from functions.inspect.formats import open_table
from tests.unit.functions.inspect.exports.records import rows


def test_columns_that_the_settings_name_stay() -> None:
    record = {"question": "Is it?", "passage": "It is.", "answer": True}
    source = open_table(io.BytesIO(json.dumps(record).encode()), "json")
    opened = with_plain_columns(source, ["answer"])
    assert rows(opened)[0]["answer"] is True
