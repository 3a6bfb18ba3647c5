from __future__ import annotations

from pathlib import Path
from typing import Any

from localcloud.engine.saved_state import (
    MAX_HISTORIES,
    MAX_STREAMS,
    LayerFiles,
    _scoped,
    without_old_events,
    without_old_streams,
)


def test_only_the_newest_ended_executions_keep_their_events() -> None:
    executions: dict[Any, dict[str, Any]] = {
        number: {"status": "SUCCEEDED", "events": ["event"]}
        for number in range(MAX_HISTORIES + 2)
    }
    executions[0]["status"] = "RUNNING"
    kept = without_old_events(executions)
    assert [
        number for number, execution in kept.items() if not execution["events"]
    ] == [1]
    assert executions[1]["events"] == ["event"], "ministack's own record is unchanged"


def test_log_groups_of_functions_keep_their_newest_streams() -> None:
    streams: dict[str, list[str]] = {
        str(number): [] for number in range(MAX_STREAMS + 3)
    }
    function, job = (
        ("1", "us-east-1", "/aws/lambda/f"),
        ("1", "us-east-1", "/aws/sagemaker/TrainingJobs"),
    )
    kept = without_old_streams(
        {function: {"streams": streams}, job: {"streams": streams}}
    )
    assert list(kept[function]["streams"]) == list(streams)[3:]
    assert kept[job]["streams"] == streams


def layers(archive: object) -> dict[str, Any]:
    version = {"_zip_data": archive, "Content": {"CodeSha256": "a/b="}}
    return {"layers": _scoped({"layer": {"versions": [version]}})}


def test_a_layers_archive_lies_in_a_file_while_it_is_saved(tmp_path: Path) -> None:
    files = LayerFiles(tmp_path / "layers")
    state = files.move_out(layers(b"zip"))
    assert (tmp_path / "layers" / "a_b=.zip").read_bytes() == b"zip"
    (version,) = state["layers"]._data["layer"]["versions"]
    assert version["_zip_data"] == {"archive_file": "a_b=.zip"}
    files.move_in(state)
    assert version["_zip_data"] == b"zip"


def test_files_that_no_layer_uses_are_removed_at_the_next_start(tmp_path: Path) -> None:
    files = LayerFiles(tmp_path / "layers")
    (tmp_path / "layers" / "old.zip").touch()
    files.move_in(files.move_out(layers(b"zip")))
    assert [path.name for path in (tmp_path / "layers").iterdir()] == ["a_b=.zip"]


def test_a_layer_whose_file_is_gone_has_no_archive(tmp_path: Path) -> None:
    files = LayerFiles(tmp_path / "layers")
    state = layers({"archive_file": "gone.zip"})
    files.move_in(state)
    assert state["layers"]._data["layer"]["versions"][0]["_zip_data"] is None
