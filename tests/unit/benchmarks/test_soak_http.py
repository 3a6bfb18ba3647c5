from __future__ import annotations

from benchmarks.soak_http import head


def test_a_head_names_the_length_and_the_type() -> None:
    assert head(7, "text/csv").endswith(
        b"Content-Type: text/csv\r\nContent-Length: 7\r\n\r\n"
    )
