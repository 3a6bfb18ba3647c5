from __future__ import annotations

from contracts.report_state import MARK, UNKNOWN, with_state


def test_the_state_is_written_into_its_place() -> None:
    page = with_state(f"<p>State: {MARK}</p>", "live & <well>")
    assert page == "<p>State: <!--state-->live &amp; &lt;well&gt;<!--/state--></p>"
    assert with_state(page, "superseded").count("superseded") == 1


def test_a_page_without_the_place_stays_as_it_is() -> None:
    assert with_state("<p>old</p>", "live") == "<p>old</p>"
    assert UNKNOWN in MARK
