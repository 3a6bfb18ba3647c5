from __future__ import annotations

import json
from decimal import Decimal

import pytest

from localcloud.engine.functions import bootstrap
from localcloud.engine.functions.bootstrap import FunctionError


def test_answers_are_encoded_as_lambda_does() -> None:
    assert json.loads(bootstrap.encode({"n": Decimal("0.5"), "t": "ü"})) == {
        "n": 0.5,
        "t": "ü",
    }
    with pytest.raises(
        FunctionError, match="Object of type set is not JSON serializable"
    ) as refused:
        bootstrap.encode({1})
    assert refused.value.error_type == "Runtime.MarshalError"
    with pytest.raises(
        FunctionError, match="exceeded maximum allowed payload size \\(6291556 bytes\\)"
    ):
        bootstrap.encode("x" * bootstrap.MAX_RESPONSE_BYTES)
