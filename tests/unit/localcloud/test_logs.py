"""Which log a name stands for, and which of its lines are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from localcloud import logs
from localcloud.logs import LogLine, NoLogError, Streams, show
from tests.unit.localcloud.test_cloud import filled


def written(name: str, state: Path) -> list[str]:
    lines: list[str] = []
    show(filled(state), name, False, lines.append)
    return lines


def test_a_part_has_its_log_in_a_file(tmp_path: Path) -> None:
    log = filled(tmp_path).log("engine")
    log.parent.mkdir()
    log.write_text("one\ntwo\n")
    assert written("engine", tmp_path) == ["one", "two"]


def test_a_name_that_nothing_has_is_answered_with_what_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for lookup in ("_run_streams", "_job_streams", "_function_streams"):
        monkeypatch.setattr(logs, lookup, lambda cloud, name: None)
    with pytest.raises(
        NoLogError,
        match=r"a part \(engine, sagemaker, deploy\), a run, .*; found 'nothing'",
    ):
        written("nothing", tmp_path)


class LogsClient:
    """Answers GetLogEvents in pages of two, and marks the end with a token that does not change."""

    def __init__(self, messages: list[str]) -> None:
        self.events = [
            {"timestamp": index, "message": text} for index, text in enumerate(messages)
        ]

    def get_log_events(self, **request: Any) -> dict[str, Any]:
        first = int(request.get("nextToken", "0"))
        last = min(first + 2, len(self.events))
        return {"events": self.events[first:last], "nextForwardToken": str(last)}


def selected(messages: list[str], **texts: str) -> list[LogLine]:
    client: Any = LogsClient(messages)
    return logs._selected_lines(client, Streams("group", **texts), "stream")


def test_every_page_of_a_stream_is_read() -> None:
    assert [line.text for line in selected(["a", "b", "c"])] == ["a", "b", "c"]


def test_lines_are_selected_by_their_text() -> None:
    assert selected(["about r-1", "about r-2"], in_line="r-2") == [
        LogLine("stream", 1, 1, "about r-2")
    ]


def test_a_stream_is_shown_whole_or_not_at_all_by_the_text_of_some_line() -> None:
    messages = ["START inspect", "ready"]
    assert len(selected(messages, in_stream="inspect")) == 2
    assert selected(messages, in_stream="judge") == []
