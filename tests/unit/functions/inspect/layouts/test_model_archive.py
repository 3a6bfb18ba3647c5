from __future__ import annotations

import pytest

from tests.unit.functions.archives import WHOLE, pack
from tests.unit.functions.broken_archives import FILES
from tests.unit.functions.drops import Desk, messages


@pytest.mark.parametrize(("files", "message"), FILES.values(), ids=FILES)
def test_what_cannot_lie_beside_an_archive_is_refused(
    files: dict[str, bytes | str], message: str
) -> None:
    assert messages(files) == [message]


@pytest.mark.parametrize("name", ["model.tar.gz", "my.model.TGZ", "Model.Tar.Gz"])
def test_any_name_of_an_archive_is_taken(name: str) -> None:
    assert Desk().inspect({name: pack(WHOLE)})["outcome"] == "deployable"
