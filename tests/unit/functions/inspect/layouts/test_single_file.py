from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import scaled
from tests.unit.functions.drops import Desk, reviews
from tests.unit.functions.inspect.ready_drops import ready

EXAMPLE = Path(__file__).parents[5] / "examples" / "text-classification" / "reviews.csv"


def test_the_example_drop_is_ready() -> None:
    _, seen = ready({"reviews.csv": EXAMPLE.read_bytes()})
    assert seen["data"]["rows"] == {"train": 146, "test": 36}
    assert seen["data"]["labels"] == ["negative", "positive"]
    assert seen["warnings"] == []


EDITS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.integers(0, 30),
        st.sampled_from(
            [
                '"',
                ",",
                ";",
                "\n",
                "\r",
                "\t",
                "\0",
                "\\",
                "{",
                "ä",
                "\ufeff",
                "a" * 3000,
                "",
            ]
        ),
    ),
    max_size=4,
)


@settings(max_examples=scaled(150))
@given(EDITS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]))
def test_a_damaged_file_is_ready_or_refused_with_a_reason(
    edits: list[tuple[int, int, str]], encoding: str
) -> None:
    content = reviews(20)
    for place, removed, inserted in edits:
        content = content[:place] + inserted + content[place + removed :]
    seen = Desk().inspect({"r.csv": content.encode(encoding, "replace")})
    assert seen["outcome"] in {"ready", "rejected"}
    assert (seen["outcome"] == "rejected") == bool(seen.get("problem_count"))
    assert len(str(seen)) < 40_000
