"""The state file: what it keeps, who may read it, what a damaged one says."""

from __future__ import annotations

from pathlib import Path

import pytest

from localcloud.cloud import (
    ENGINE,
    SAGEMAKER,
    LocalCloud,
    ProcessRecord,
    StateFileError,
    exclusive,
)
from localcloud.errors import NotRunningError


def filled(state: Path) -> LocalCloud:
    return LocalCloud(
        state.resolve(),
        ports={ENGINE: 4001, SAGEMAKER: 4002},
        processes={ENGINE: ProcessRecord(17, 1.5)},
        parameters={"BaseModel": "tiny"},
        digest="abc",
        outputs={"ApiId": "a1", "ApiStage": "live", "DataBucket": "b"},
        api_key="secret",
        secret="random",
    )


def test_a_saved_cloud_is_loaded_again(tmp_path: Path) -> None:
    cloud = filled(tmp_path)
    cloud.save()
    assert LocalCloud.load(tmp_path) == cloud


def test_a_directory_without_a_state_file_is_an_empty_cloud(tmp_path: Path) -> None:
    assert LocalCloud.load(tmp_path / "new") == LocalCloud((tmp_path / "new").resolve())


def test_only_the_owner_can_read_the_file_with_the_key(tmp_path: Path) -> None:
    filled(tmp_path).save()
    assert (tmp_path / "cloud.json").stat().st_mode & 0o077 == 0


def test_saving_leaves_no_half_written_file_behind(tmp_path: Path) -> None:
    filled(tmp_path).save()
    assert [path.name for path in tmp_path.iterdir()] == ["cloud.json"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"version": 0}', '{"version": 1, "processes": {"engine": {}}}'],
)
def test_a_damaged_file_is_named_with_the_way_out(tmp_path: Path, content: str) -> None:
    (tmp_path / "cloud.json").write_text(content)
    with pytest.raises(
        StateFileError,
        match=r"cloud.json as this version writes it.*`rm .*cloud.json`, then `.*up --state",
    ):
        LocalCloud.load(tmp_path)
    assert (tmp_path / "cloud.json").read_text() == content


def test_the_state_folder_is_closed_to_others(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    with exclusive(state):
        assert state.stat().st_mode & 0o777 == 0o700


def test_the_api_url_is_that_of_the_engine_not_of_aws(tmp_path: Path) -> None:
    assert filled(tmp_path).api_url == "http://127.0.0.1:4001/_aws/execute-api/a1/live"


def test_a_cloud_that_never_was_up_has_no_url(tmp_path: Path) -> None:
    with pytest.raises(
        NotRunningError, match=r"Start it: `\S*python\S* -m localcloud up`"
    ):
        _ = LocalCloud(tmp_path).engine_url


def test_an_output_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        NotRunningError,
        match=r"a deployed stack with the output TopicArn; found .*'ApiId'",
    ):
        filled(tmp_path).output("TopicArn")
