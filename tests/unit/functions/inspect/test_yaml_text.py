from __future__ import annotations

import pytest
import yaml

from functions.inspect.yaml_text import scalar


@pytest.mark.parametrize("header", ["text", "no", "Y", "a b", "5", "é", "a: b", "#", "null", "-"])
def test_a_name_is_read_back_as_the_text_it_is(header: str) -> None:
    assert yaml.safe_load(scalar(header)) == header
