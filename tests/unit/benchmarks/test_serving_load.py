from __future__ import annotations

from benchmarks.serving_load import Tally, request_bytes


def test_what_comes_outside_the_measured_time_does_not_count() -> None:
    tally = Tally()
    tally.count_response(0, 200, b"early", 9.0)
    tally.count_failure("early")
    tally.measuring = True
    tally.count_response(0, 200, b"a", 0.1)
    tally.count_response(0, 200, b"b", 0.2)
    tally.count_response(1, 503, b"no", 0.3)
    assert tally.latencies == [0.1, 0.2]
    assert tally.answers == {0: {b"a", b"b"}}
    assert tally.errors == {"503": 1}


def test_a_request_says_how_long_its_body_is() -> None:
    head, _, body = request_bytes("/classify", "é").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /classify HTTP/1.1\r\n")
    assert b"Content-Length: 2" in head.split(b"\r\n")
    assert body == "é".encode()
