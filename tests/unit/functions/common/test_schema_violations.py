from __future__ import annotations

from typing import Any

import fastjsonschema
from hypothesis import given
from hypothesis import strategies as st

from functions.common.schema_violations import violations
from functions.inspect.settings_file.schema import SCHEMA

_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5000)
    | st.floats(-2, 2)
    | st.sampled_from(["a/b", "ml.g5.xlarge", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["text", "mode", "x"]), inner)
    ),
    max_leaves=4,
)
_SECTIONS = {
    name: list(piece.get("properties", {"text": {}}))
    for name, piece in SCHEMA["properties"].items()
}
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        name: st.dictionaries(st.sampled_from(keys), _VALUES, max_size=3) | _VALUES
        for name, keys in _SECTIONS.items()
    },
)
_validate = fastjsonschema.compile(SCHEMA, use_default=False)


@given(_DOCUMENTS)
def test_the_walk_finds_something_exactly_where_the_schema_is_broken(
    document: dict[str, Any],
) -> None:
    try:
        _validate(document)
        holds = True
    except fastjsonschema.JsonSchemaValueException:
        holds = False
    assert holds == (not list(violations(SCHEMA, document)))
