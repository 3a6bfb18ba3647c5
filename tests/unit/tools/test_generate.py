from __future__ import annotations

import pytest

from tools.generate import GENERATORS, ROOT, generate


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generated_file_is_what_its_generator_returns(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == generate(name), "run make generate"
