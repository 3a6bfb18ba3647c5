from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.feather
import pytest

from tests.unit.functions.inspect.formats.columns import TEXTS, WRITERS, opened


@pytest.mark.parametrize("extension", WRITERS)
def test_nothing_stays_on_disk(
    extension: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    table = opened(WRITERS[extension](pa.table({"text": TEXTS})), extension)
    assert list(tmp_path.iterdir()) == []
    assert len(list(table.rows({"text": "text"}))) == 300
