from __future__ import annotations

import io
from typing import Any, BinaryIO, cast

import pytest

from functions.inspect.formats import UnreadableError, open_table, text
from tests.unit.functions.drops import messages, reviews


class Counting(io.BytesIO):
    """Counts how much of it was read."""

    characters_read = 0

    def readinto(self, buffer: Any) -> int:
        count = super().readinto(buffer)
        self.characters_read += count
        return count


def test_sixty_megabytes_in_one_line_are_not_read_to_the_end() -> None:
    stream = Counting(b"text,label\n" + b"a" * 60_000_000)
    with pytest.raises(UnreadableError, match="a longer one"):
        open_table(cast(BinaryIO, stream), "csv")
    assert 0 < stream.characters_read < 2_000_000


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_more_text_than_can_be_checked_is_refused(
    extension: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "MAX_CHARACTERS", 0)
    content = {"csv": reviews(), "json": "[{}]"}[extension]
    assert messages({f"r.{extension}": content}) == [
        f"r.{extension}: expected a file that can be checked in time; found more than 0 GiB. Drop a sample of the rows."
    ]
