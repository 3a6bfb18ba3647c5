from __future__ import annotations

from pathlib import Path

import pytest

from cli.errors import CommandError
from cli.memory import Memory, memory_file, recall, remember


def test_what_is_remembered_is_there_the_next_time(home: Path) -> None:
    assert recall() == Memory()
    remember(target="stack", stack="td", region="eu-central-1")
    remember(checkout="/src")
    assert recall() == Memory("stack", "td", "eu-central-1", checkout="/src")
    assert memory_file().is_relative_to(home)


def test_a_damaged_file_says_to_remove_it(home: Path) -> None:
    remember(target="stack")
    memory_file().write_text("{")
    with pytest.raises(CommandError, match="remove it"):
        recall()
